/// Names a request within one scheduler; the caller chooses it and keeps it unique.
package typealias RequestID = UInt64

/// Names a sequence within one scheduler, which numbers them from 0 in the order of their arrival. The samples of a
/// request have consecutive numbers.
package typealias SequenceID = UInt64

/// The blocks of one line of tokens and how far they are filled: a sample has one, a beam search one for each beam.
package struct BeamState: Sendable, Equatable {
  /// The cache blocks.
  package internal(set) var blockTable = BlockTable()
  /// Number of leading tokens whose keys and values are in the cache.
  package internal(set) var computedTokenCount = 0
  /// The tokens up to the end of the last full block, as the prefix cache names them.
  var prefix = PrefixID.root
  /// Number of tokens that the step under way computes.
  var scheduledTokenCount = 0
}

/// What the scheduler knows of one sequence, a sample or a beam search: lengths, blocks, and token ids as far as the
/// prefix cache needs them.
package struct SequenceState: Sendable, Equatable {
  /// Where the sequence stands.
  package enum Status: Sendable, Equatable {
    /// In the waiting queue: without blocks, but for a fork that has not run yet and holds those of its prompt.
    case waiting
    /// In the running list, and in every step's batch.
    case running
    /// Gone; its place in the waiting queue has not come up yet.
    case removed
  }

  /// The sequence's name.
  package let id: SequenceID
  /// The request that owns it.
  package let requestID: RequestID
  /// Number of prompt tokens, at least 1.
  package let promptTokenCount: Int
  /// Greatest number of output tokens, at least 1.
  package let outputTokenLimit: Int
  /// Greatest number of beams; 1 for a sample.
  package let beamWidth: Int
  /// Number of samples that are to be drawn from the prompt's logits, this one included; 1 once they are forked.
  package internal(set) var sampleCount = 1
  /// Number of beams that go on: 1 before the first token, then at most `beamWidth`.
  package internal(set) var beamCount = 1
  /// Number of output tokens so far, the same in all beams; a preemption keeps them.
  package internal(set) var outputTokenCount = 0
  /// Where the sequence stands.
  package internal(set) var status = Status.waiting
  /// What is in the cache; empty while the sequence waits without blocks. A beam search begins with one entry, and
  /// has `beamCount` of them once their common beginning is computed.
  package internal(set) var beams: [BeamState] = []
  /// Number of blocks that the admission promised and the chunks so far have not taken.
  var promisedBlockCount = 0
  /// The known token ids; empty without a prefix cache.
  var tokens = SequenceTokens(prompt: [])
  /// Whether it may begin with blocks that others have computed.
  var readsPrefixCache = true
  /// Number of tokens that it was admitted with and did not compute, until the batch tells.
  var prefixHitTokenCount = 0

  /// Number of tokens that are known, prompt and output: what each beam's computed tokens move towards.
  package var tokenCount: Int { promptTokenCount + outputTokenCount }

  /// Number of computed tokens of the sample, or of the first beam.
  package var computedTokenCount: Int { beams.first?.computedTokenCount ?? 0 }

  /// Whether it waits, but keeps the blocks of the prompt that it was forked from.
  var isHolding: Bool { status == .waiting && !beams.isEmpty }
}
