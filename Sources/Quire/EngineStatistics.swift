import QuireScheduling

/// What an engine has done since it was made.
package struct EngineStatistics: Sendable, Equatable {
  /// Steps, each one batch.
  package internal(set) var stepCount = 0
  /// Tokens computed, recomputed ones included.
  package internal(set) var computedTokenCount = 0
  /// Tokens drawn.
  package internal(set) var outputTokenCount = 0
  /// How often a sequence lost its blocks and was computed anew.
  package internal(set) var preemptionCount = 0

  mutating func count(_ batch: SchedulerOutput) {
    stepCount += 1
    computedTokenCount += batch.scheduledTokenCount
    preemptionCount += batch.preempted.count
  }
}
