package import QuireScheduling

/// What a step changed among the sequences that run, as far as its batch does not say so itself.
package struct StepChanges: Sendable, Equatable {
  /// A sequence that came to run with a step.
  package struct Admission: Sendable, Equatable {
    /// The sequence's share of the batch; of a beam search, its first beam's.
    package let entry: ScheduledSequence
    /// Whether it had run before and was preempted, or was a fork that lost its blocks.
    package let isResumed: Bool
  }

  /// Sequences that run since this step, in the order of the batch.
  package var admitted: [Admission] = []
  /// Sequences that ran in the step before and left in between: their requests were aborted, or failed with another
  /// sample.
  package var abandoned: [SequenceID] = []
  /// Tokens of the batch that had been computed before and were lost by preemption. A position of a beam search counts
  /// for each beam that computes it again.
  package var recomputedTokenCount = 0
}

/// Follows the sequences from step to step. Every running sequence is in every batch, so that batches and preemptions
/// tell who came and who left. Holds a few words a running or preempted sequence; O(batch) a step.
package struct SequenceTracker: Sendable {
  private struct Progress {
    /// Tokens in the cache after the last step.
    var computedTokenCount: Int
    /// Tokens that were in the cache before it was lost; 0 where it never was.
    var lostTokenCount = 0
    /// The last step that the sequence was in.
    var stepNumber: Int
  }

  private var running: [SequenceID: Progress] = [:]
  /// What preempted sequences had computed; nil for a fork that had not run.
  private var preempted: [SequenceID: Int?] = [:]

  /// A tracker that has seen no step.
  package init() {}

  /// Takes in the next step of the same engine.
  package mutating func advance(_ step: StepRecord) -> StepChanges {
    var changes = StepChanges()
    for id in step.batch.preempted {
      let progress = running.removeValue(forKey: id)
      // updateValue, since nil is a value here.
      preempted.updateValue(
        progress.map { max($0.computedTokenCount, $0.lostTokenCount) }, forKey: id)
    }
    for entry in step.batch.scheduled {
      // The keys of wrong drafts are of no use to anybody.
      let acceptedCount = step.acceptedDraftCounts[entry.sequenceID] ?? 0
      let end = entry.computedTokenCount + entry.tokenCount - entry.draftTokenCount + acceptedCount
      var progress = running[entry.sequenceID] ?? admit(entry, in: step, &changes)
      changes.recomputedTokenCount += max(0, min(end, progress.lostTokenCount) - entry.computedTokenCount)
      progress.computedTokenCount =
        progress.stepNumber == step.number ? max(progress.computedTokenCount, end) : end
      progress.stepNumber = step.number
      running[entry.sequenceID] = progress
    }
    for (id, progress) in running where progress.stepNumber != step.number { changes.abandoned.append(id) }
    for id in changes.abandoned { running[id] = nil }
    changes.abandoned.sort()
    for id in step.endedSequenceIDs {
      running[id] = nil
      preempted.removeValue(forKey: id)
    }
    return changes
  }

  private mutating func admit(
    _ entry: ScheduledSequence, in step: StepRecord, _ changes: inout StepChanges
  ) -> Progress {
    let lost = preempted.removeValue(forKey: entry.sequenceID)
    changes.admitted.append(.init(entry: entry, isResumed: lost != nil))
    // A fork begins with its prompt's blocks.
    let lostTokenCount = lost.map { $0 ?? entry.promptTokenCount } ?? 0
    return Progress(computedTokenCount: 0, lostTokenCount: lostTokenCount, stepNumber: step.number)
  }
}
