import QuireScheduling

/// What an engine did in the steps that were observed, in bounded memory: a plain value.
package struct EngineMetrics: Sendable, Equatable {
  /// All steps, summed up.
  package private(set) var total = RunInterval()
  /// The steps over time.
  package private(set) var history: RunHistory
  /// Where the steps' time went.
  package private(set) var phases = PhaseTimes()
  /// Sequences of a step's batch, a beam being one.
  package private(set) var sequencesPerStep = Histogram()
  /// Tokens of a step's batch.
  package private(set) var tokensPerStep = Histogram()
  /// Tokens computed that had been computed before, and were lost by preemption.
  package private(set) var recomputedTokenCount = 0
  /// How often a sequence came to run, resumed ones included.
  package private(set) var admissionCount = 0
  /// Blocks copied because sequences that shared them parted.
  package private(set) var copiedBlockCount = 0
  /// Most sequences that ran in a step, each beam one.
  package private(set) var peakRunningCount = 0
  /// Most sequences that waited in a step.
  package private(set) var peakWaitingCount = 0

  /// Nothing done. `historyCapacity`: how many intervals the run is kept in; even, at least 2.
  package init(historyCapacity: Int = 1024) {
    history = RunHistory(capacity: historyCapacity)
  }

  /// Takes in the next step. `start`: when it began, since the run did.
  package mutating func add(_ step: StepRecord, _ changes: StepChanges, start: Duration) {
    let interval = RunInterval(step, start: start)
    total.append(interval)
    history.add(interval)
    phases += step.times.phases
    sequencesPerStep.add(interval.scheduledSequenceCount)
    tokensPerStep.add(interval.computedTokenCount)
    recomputedTokenCount += changes.recomputedTokenCount
    admissionCount += changes.admitted.count
    copiedBlockCount += step.batch.blockCopies.count
    peakRunningCount = max(peakRunningCount, step.load.runningCount)
    peakWaitingCount = max(peakWaitingCount, step.load.waitingCount)
  }
}
