/// One sequence's share of a step's batch, or one beam's.
package struct ScheduledSequence: Sendable, Equatable {
  /// The sequence that is computed.
  package let sequenceID: SequenceID
  /// The request that owns it.
  package fileprivate(set) var requestID: RequestID
  /// Which of the sequence's beams it is; 0 for samples.
  package let beam: Int
  /// The cache blocks of the tokens that are in the cache and of those in the batch.
  package let blockTable: BlockTable
  /// How many of its rows, the last ones, were appended for this step.
  package let newRowCount: Int
  /// Number of its leading tokens that are in the cache already, or computed by an earlier sequence of the batch whose
  /// blocks it shares; the batch holds those that follow.
  package let computedTokenCount: Int
  /// Number of its tokens in the batch, at least 1, drafted ones included.
  package let tokenCount: Int
  /// How many of these, the last ones, are drafts: tokens that may be its next ones, 0 or more.
  package let draftTokenCount: Int
  /// Number of its prompt tokens.
  package let promptTokenCount: Int
  /// Number of samples that are drawn from the last known token's logits after the step: 0 unless that is in the batch,
  /// more than 1 where a request's samples part.
  package let sampleCount: Int
  /// Number of leading tokens whose blocks the prefix cache had when the sequence was admitted in this step, computed
  /// or to be computed by an earlier one of the batch; 0 in its later steps.
  package let prefixHitTokenCount: Int

  /// The blocks that were appended to its table for this step, row by row.
  package var newBlockIDs: ArraySlice<Int32> {
    blockTable.blockIDs.suffix(newRowCount * blockTable.groupCount)
  }

  /// Whether the last token known is among these: its logits are sampled after the step.
  package var needsSample: Bool { sampleCount > 0 }

  /// The sequences that draw from the last token's logits, this one first.
  package var sampleIDs: Range<SequenceID> { sequenceID..<sequenceID + SequenceID(sampleCount) }

  /// Number of prompt tokens among the tokens in the batch.
  package var scheduledPromptTokenCount: Int {
    max(0, min(promptTokenCount, computedTokenCount + tokenCount) - computedTokenCount)
  }
}

/// What one step computes: a plain value, made by `Scheduler.schedule()`.
///
/// The batch is flat: the tokens of `scheduled[0]`, then those of `scheduled[1]`, and so on, prefill chunks and
/// decodes alike.
package struct SchedulerOutput: Sendable, Equatable {
  /// The sequences of the batch, in order.
  package private(set) var scheduled: [ScheduledSequence] = []
  /// Sequences that lost their blocks in this step, in this order: running ones, and forks that had not run yet. None
  /// of them is in `scheduled`.
  package internal(set) var preempted: [SequenceID] = []
  /// Blocks to copy before the step writes any key or value, in order.
  package internal(set) var blockCopies: [BlockCopy] = []
  /// Number of tokens in the batch: the sum over `scheduled`.
  package private(set) var scheduledTokenCount = 0
  /// How many of them are drafts.
  package private(set) var draftTokenCount = 0

  /// An empty step.
  package init() {}

  /// Calls each request by the name that `name` gives for its own.
  package mutating func renameRequests(_ name: (RequestID) -> RequestID) {
    for index in scheduled.indices { scheduled[index].requestID = name(scheduled[index].requestID) }
  }

  /// Whether there is nothing to compute.
  package var isEmpty: Bool { scheduled.isEmpty }

  /// How far the step has been put together.
  struct Position {
    let scheduledCount: Int
    let copyCount: Int
    let tokenCount: Int
  }

  var position: Position {
    Position(
      scheduledCount: scheduled.count, copyCount: blockCopies.count, tokenCount: scheduledTokenCount)
  }

  /// Adds to the batch.
  mutating func append(_ entry: ScheduledSequence) {
    scheduled.append(entry)
    scheduledTokenCount += entry.tokenCount
    draftTokenCount += entry.draftTokenCount
  }

  /// Takes back what was added since; preemptions stay.
  mutating func rewind(to position: Position) {
    scheduled.removeLast(scheduled.count - position.scheduledCount)
    blockCopies.removeLast(blockCopies.count - position.copyCount)
    scheduledTokenCount = position.tokenCount
  }

  mutating func removeAll() {
    scheduled.removeAll(keepingCapacity: true)
    preempted.removeAll(keepingCapacity: true)
    blockCopies.removeAll(keepingCapacity: true)
    scheduledTokenCount = 0
    draftTokenCount = 0
  }
}

/// What became of a sequence whose logits were sampled: the scheduler learns no more of text. A sequence whose drafts
/// were right has a result for each token that it gained, in order.
package struct SampledResult: Sendable, Equatable {
  /// The sequence, one of `ScheduledSequence.sampleIDs`.
  package let sequenceID: SequenceID
  /// The output token that it gained.
  package let tokenID: Int32
  /// Whether the sequence ends here, for whatever reason.
  package let isFinished: Bool

  /// A result; each argument is the field of its name.
  package init(sequenceID: SequenceID, tokenID: Int32, isFinished: Bool) {
    self.sequenceID = sequenceID
    self.tokenID = tokenID
    self.isFinished = isFinished
  }
}

/// Where a sequence goes on that turns back: from the beginning of its output, with other tokens than before.
package struct TurnResult: Sendable, Equatable {
  /// The sequence that turns back.
  package let sequenceID: SequenceID
  /// Number of its first output tokens that stay as they are.
  package let keptTokenCount: Int
  /// Number of tokens that follow them, to be computed; 0 where the sequence ends here.
  package let addedTokenCount: Int

  /// Whether the sequence ends here.
  package var isFinished: Bool { addedTokenCount == 0 }

  /// A result; each argument is the field of its name.
  package init(sequenceID: SequenceID, keptTokenCount: Int, addedTokenCount: Int) {
    self.sequenceID = sequenceID
    self.keptTokenCount = keptTokenCount
    self.addedTokenCount = addedTokenCount
  }
}

/// What became of a beam search whose beams were sampled.
package struct BeamResult: Sendable, Equatable {
  /// The beam search.
  package let sequenceID: SequenceID
  /// For each beam that goes on, the one that it continues; empty when the search ends here.
  package let parents: [Int]

  /// Whether the search ends here.
  package var isFinished: Bool { parents.isEmpty }

  /// A result; each argument is the field of its name.
  package init(sequenceID: SequenceID, parents: [Int]) {
    self.sequenceID = sequenceID
    self.parents = parents
  }
}
