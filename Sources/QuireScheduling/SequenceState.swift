/// Names a request within one scheduler; the caller chooses it and keeps it unique.
package typealias RequestID = UInt64

/// Names a sequence within one scheduler, which numbers them from 0 in the order of their arrival.
package typealias SequenceID = UInt64

/// What the scheduler knows of one sequence: lengths and blocks, never token ids.
package struct SequenceState: Sendable, Equatable {
  /// Where the sequence stands.
  package enum Status: Sendable, Equatable {
    /// In the waiting queue, without blocks; also after a preemption.
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
  /// Number of output tokens so far; a preemption keeps them.
  package internal(set) var outputTokenCount = 0
  /// Number of leading tokens whose keys and values are in the cache.
  package internal(set) var computedTokenCount = 0
  /// Where the sequence stands.
  package internal(set) var status = Status.waiting
  /// The cache blocks; empty while waiting.
  package internal(set) var blockTable = BlockTable()
  /// Number of blocks that the admission promised and the chunks so far have not taken.
  var promisedBlockCount = 0
  /// Number of tokens that the step under way computes.
  var scheduledTokenCount = 0

  /// Number of tokens that are known, prompt and output: what `computedTokenCount` moves towards.
  package var tokenCount: Int { promptTokenCount + outputTokenCount }
}
