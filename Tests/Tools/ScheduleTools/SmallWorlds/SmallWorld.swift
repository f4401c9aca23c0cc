package import QuireScheduling

/// A few requests for a scheduler of a few blocks, with one abort or none: small enough to try all of them.
///
/// Plays the model with a cache of tags, as `TokenLine` says, so that a wrong copy, a write into a shared block or a
/// block reused too early shows.
package struct SmallWorld: Sendable {
  /// An abort at a moment of the run.
  package struct Abort: Sendable, Hashable {
    /// Which request.
    package let request: Int
    /// 2 s is before step s, 2 s + 1 between its `schedule()` and `update(_:beams:)`.
    package let moment: Int

    /// An abort; each argument is the field of its name.
    package init(request: Int, moment: Int) {
      self.request = request
      self.moment = moment
    }
  }

  /// The scheduler's limits.
  package let configuration: SchedulerConfiguration
  /// The requests, in order of arrival.
  package let requests: [SmallRequest]
  /// What is aborted, if anything.
  package let abort: Abort?

  /// A world; each argument is the field of its name.
  package init(_ configuration: SchedulerConfiguration, _ requests: [SmallRequest], abort: Abort? = nil) {
    self.configuration = configuration
    self.requests = requests
    self.abort = abort
  }

  /// What happened in a world.
  package struct Outcome: Sendable, Equatable {
    /// Steps, those in which nothing ran yet included.
    package internal(set) var stepCount = 0
    /// Sequences that lost their blocks.
    package internal(set) var preemptionCount = 0
    /// Blocks copied.
    package internal(set) var copyCount = 0
    /// Tokens that were found in the prefix cache.
    package internal(set) var hitTokenCount = 0
    /// Requests that could never fit.
    package internal(set) var refusalCount = 0
    /// Whether the abort found its request.
    package internal(set) var hasAborted = false
    /// A hash of all steps, block ids included.
    package internal(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325
  }

  /// Something that must never happen.
  package struct Violation: Error, CustomStringConvertible {
    /// What happened, in which world.
    package let description: String
  }

  /// Runs the world to its end; throws what is wrong, after the step in which it went wrong.
  package func run() throws -> Outcome {
    var life = try SmallLife(self)
    do {
      try life.run()
    } catch let violation as Violation {
      throw Violation(description: "\(violation.description), in step \(life.outcome.stepCount) of \(self)")
    }
    return life.outcome
  }

  /// Whether the scheduler has to take a request: by the rules, not by its code.
  func fits(_ request: SmallRequest) -> Bool {
    let size = configuration.blockSize
    let wholeCount = (request.promptTokenCount + request.outputTokenCount + size - 1) / size
    let sharedCount = request.promptTokenCount / size
    let isSearch = request.beamWidth > 1
    let rowCount =
      isSearch ? sharedCount + (wholeCount - sharedCount) * request.beamWidth : wholeCount
    var neededCount = rowCount * configuration.groups.fullCount
    if let window = configuration.groups.window {
      // From the first position that is seen, at the end of a block, to the last one of a chunk.
      let chunk = max(request.beamWidth, configuration.maxNumBatchedTokens)
      let seenCount = (size - 1 + window - 1 + chunk - 1) / size + 1
      neededCount += min(rowCount, seenCount * request.beamWidth) * configuration.groups.windowedCount
    }
    return neededCount <= configuration.blockCount
      && request.beamWidth <= min(configuration.maxNumSeqs, configuration.maxNumBatchedTokens)
      && (configuration.enableChunkedPrefill
        || request.promptTokenCount <= configuration.maxNumBatchedTokens)
  }
}
