/// What a simulated run did. Everything but `stepTimes` and what is derived from them depends on the workload alone.
package struct ScaleReport: Sendable {
  /// The figures that are the same in every run.
  package struct Figures: Sendable, Equatable, Codable {
    /// Requests that were answered.
    package internal(set) var finishedRequestCount = 0
    /// Requests that were aborted.
    package internal(set) var abortedRequestCount = 0
    /// Requests that the scheduler refused.
    package internal(set) var refusedRequestCount = 0
    /// Steps.
    package internal(set) var stepCount = 0
    /// Tokens computed, recomputed ones included.
    package internal(set) var computedTokenCount = 0
    /// Tokens computed again after a preemption.
    package internal(set) var recomputedTokenCount = 0
    /// Tokens found in the prefix cache, by recomputations too.
    package internal(set) var prefixHitTokenCount = 0
    /// Tokens drawn.
    package internal(set) var outputTokenCount = 0
    /// How often a sequence lost its blocks.
    package internal(set) var preemptionCount = 0
    /// Blocks copied because a sequence wrote into one that it shared.
    package internal(set) var copiedBlockCount = 0
    /// Sequences in batches, each beam one: the sum over steps.
    package internal(set) var batchedSequenceCount = 0
    /// The most sequences that one `schedule()` looked at.
    package internal(set) var greatestExaminedCount = 0
    /// The most sequences that waited.
    package internal(set) var greatestWaitingCount = 0
    /// The most blocks that were in use.
    package internal(set) var greatestUsedBlockCount = 0
    /// Blocks in use times seconds.
    package internal(set) var usedBlockSeconds = 0.0
    /// The made-up clock at the end.
    package internal(set) var elapsedSeconds = 0.0
    /// From arrival to the last token, in made-up seconds: half of the answered requests took no longer, then 90 and
    /// 99 of 100, then all.
    package internal(set) var secondsToFinish: [Double] = []
  }

  /// The same in every run.
  package internal(set) var figures = Figures()
  /// Real times of `schedule()` and `update(_:beams:)` together.
  package internal(set) var stepTimes = StepTimes()

  /// Sorts times and keeps what `Figures.secondsToFinish` says.
  mutating func noteFinishTimes(_ seconds: [Double]) {
    let sorted = seconds.sorted()
    guard let last = sorted.last else { return }
    figures.secondsToFinish = [50, 90, 99].map { sorted[sorted.count * $0 / 100] } + [last]
  }
}
