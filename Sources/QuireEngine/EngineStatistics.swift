import QuireScheduling

/// What an engine has done since it was made.
package struct EngineStatistics: Sendable, Equatable {
  /// Steps, each one batch.
  package internal(set) var stepCount = 0
  /// Tokens computed, recomputed ones included.
  package internal(set) var computedTokenCount = 0
  /// Prompt tokens among them, recomputed ones included.
  package internal(set) var promptTokenCount = 0
  /// Number of tokens that were drawn.
  package internal(set) var outputTokenCount = 0
  /// Number of tokens that requests brought along from an earlier engine.
  package internal(set) var resumedTokenCount = 0
  /// How often a sequence lost its blocks and was computed anew.
  package internal(set) var preemptionCount = 0
  /// Tokens that were found in the prefix cache instead of being computed, of prompts and, after a preemption, of
  /// output.
  package internal(set) var prefixHitTokenCount = 0

  /// Drafts computed: tokens that were expected, whether they came or not.
  package internal(set) var draftTokenCount = 0
  /// Drafts among these that were right.
  package internal(set) var acceptedDraftTokenCount = 0

  mutating func count(_ batch: SchedulerOutput) {
    stepCount += 1
    computedTokenCount += batch.scheduledTokenCount
    promptTokenCount += batch.scheduled.reduce(0) { $0 + $1.scheduledPromptTokenCount }
    preemptionCount += batch.preempted.count
    draftTokenCount += batch.draftTokenCount
    prefixHitTokenCount += batch.scheduled.reduce(0) { $0 + $1.prefixHitTokenCount }
  }
}

extension EngineStatistics {
  /// What engines that answer together have done.
  init(sumOf parts: [EngineStatistics]) {
    for part in parts {
      stepCount += part.stepCount
      computedTokenCount += part.computedTokenCount
      promptTokenCount += part.promptTokenCount
      outputTokenCount += part.outputTokenCount
      resumedTokenCount += part.resumedTokenCount
      preemptionCount += part.preemptionCount
      prefixHitTokenCount += part.prefixHitTokenCount
      draftTokenCount += part.draftTokenCount
      acceptedDraftTokenCount += part.acceptedDraftTokenCount
    }
  }
}
