package import QuireScheduling

/// Is told of each step of an engine, on the engine's thread.
package protocol StepObserver: AnyObject {
  /// Called once a step, after its results have gone to the scheduler.
  func observe(_ step: StepRecord)
  /// Called where an engine that takes requests from others has none left, whether they ended or were dropped.
  func rest()
}

extension StepObserver {
  /// For those who only watch steps.
  package func rest() {}
}

/// One step of an engine, as it was decided and carried out.
package struct StepRecord: Sendable {
  /// Steps of the engine so far, this one included: from 1.
  package let number: Int
  /// Which of the engines that answer together made the step, from 0; nil where there is one alone.
  package internal(set) var engine: Int?
  /// What was decided.
  package internal(set) var batch: SchedulerOutput
  /// How full the engine was when it was decided; where several answer together, all of them.
  package internal(set) var load: EngineLoad
  /// Where the time went.
  package let times: StepTimes
  /// Tokens drawn in the step, 0 or more.
  package let outputTokenCount: Int
  /// Tokens that sequences of the step found in the prefix cache, 0 or more.
  package let prefixHitTokenCount: Int
  /// How many of the batch's drafts were right, of the sequences that had some that were.
  package let acceptedDraftCounts: [SequenceID: Int]
  /// Sequences that ended with the step, answered or failed, and those that were aborted since the one before; each once.
  /// Of a request that failed or was aborted also samples outside the batch: preempted ones, or ones that never ran.
  package let endedSequenceIDs: [SequenceID]

  /// A record; each argument is the field of its name.
  package init(
    number: Int, batch: SchedulerOutput, load: EngineLoad, times: StepTimes, outputTokenCount: Int,
    prefixHitTokenCount: Int, acceptedDraftCounts: [SequenceID: Int] = [:],
    endedSequenceIDs: [SequenceID]
  ) {
    self.number = number
    self.batch = batch
    self.load = load
    self.times = times
    self.outputTokenCount = outputTokenCount
    self.prefixHitTokenCount = prefixHitTokenCount
    self.acceptedDraftCounts = acceptedDraftCounts
    self.endedSequenceIDs = endedSequenceIDs
  }

  /// How many of the batch's drafts were right.
  package var acceptedDraftTokenCount: Int { acceptedDraftCounts.values.reduce(0, +) }

  /// Calls each request by the name that `name` gives for its own.
  mutating func renameRequests(_ name: (UInt64) -> UInt64) { batch.renameRequests(name) }

  /// Number of prompt tokens in the batch.
  package var promptTokenCount: Int { batch.scheduled.reduce(0) { $0 + $1.scheduledPromptTokenCount } }
}

/// How full an engine is during a step: after its schedule, before its update.
package struct EngineLoad: Sendable, Equatable {
  /// Sequences that run, each beam one.
  package let runningCount: Int
  /// Sequences that wait.
  package let waitingCount: Int
  /// Blocks of the cache that some sequence holds.
  package let usedBlockCount: Int
  /// Blocks of the cache.
  package let blockCount: Int

  /// The load of engines that answer together, as far as each is known.
  init(sumOf loads: [EngineLoad]) {
    runningCount = loads.reduce(0) { $0 + $1.runningCount }
    waitingCount = loads.reduce(0) { $0 + $1.waitingCount }
    usedBlockCount = loads.reduce(0) { $0 + $1.usedBlockCount }
    blockCount = loads.reduce(0) { $0 + $1.blockCount }
  }

  /// What a scheduler says now.
  package init(_ scheduler: borrowing Scheduler) {
    runningCount = scheduler.runningCount
    waitingCount = scheduler.waitingCount
    usedBlockCount = scheduler.blockManager.usedBlockCount
    blockCount = scheduler.blockManager.blockCount
  }
}
