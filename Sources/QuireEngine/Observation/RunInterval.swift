import QuireScheduling

/// Some consecutive steps, summed up. What is "held over time" is the sum over steps of a count times the step's
/// seconds: over `busySeconds` it gives the mean.
package struct RunInterval: Sendable, Equatable {
  /// When the first of the steps began, since the run did.
  package var start = Duration.zero
  /// When the last of them ended.
  package var end = Duration.zero
  /// Number of steps.
  package var stepCount = 0
  /// Seconds that the steps took, without the pauses between them.
  package var busySeconds = 0.0
  /// Blocks in use, over time.
  package var usedBlockSeconds = 0.0
  /// Most blocks in use.
  package var peakUsedBlockCount = 0
  /// Running sequences, each beam one, over time.
  package var runningSeconds = 0.0
  /// Waiting sequences, over time.
  package var waitingSeconds = 0.0
  /// Sequences in the batches, a beam being one.
  package var scheduledSequenceCount = 0
  /// Tokens computed, recomputed ones included.
  package var computedTokenCount = 0
  /// Prompt tokens among them, recomputed ones included.
  package var promptTokenCount = 0
  /// Tokens drawn, whatever became of them.
  package var outputTokenCount = 0
  /// Tokens found in the prefix cache instead of being computed.
  package var prefixHitTokenCount = 0
  /// Number of drafts that were computed.
  package var draftTokenCount = 0
  /// Number of drafts that were right.
  package var acceptedDraftTokenCount = 0
  /// How often a sequence lost its blocks.
  package var preemptionCount = 0

  /// An interval without steps.
  package init() {}

  /// One step. `start`: when it began, since the run did.
  package init(_ step: StepRecord, start: Duration) {
    let time = step.times.phases.total
    let seconds = time / .seconds(1)
    self.start = start
    end = start + time
    stepCount = 1
    busySeconds = seconds
    usedBlockSeconds = Double(step.load.usedBlockCount) * seconds
    peakUsedBlockCount = step.load.usedBlockCount
    runningSeconds = Double(step.load.runningCount) * seconds
    waitingSeconds = Double(step.load.waitingCount) * seconds
    scheduledSequenceCount = step.batch.scheduled.count
    computedTokenCount = step.batch.scheduledTokenCount
    promptTokenCount = step.promptTokenCount
    outputTokenCount = step.outputTokenCount
    prefixHitTokenCount = step.prefixHitTokenCount
    draftTokenCount = step.batch.draftTokenCount
    acceptedDraftTokenCount = step.acceptedDraftTokenCount
    preemptionCount = step.batch.preempted.count
  }

  /// Takes in the interval that follows.
  package mutating func append(_ next: RunInterval) {
    if stepCount == 0 { start = next.start }
    end = next.end
    stepCount += next.stepCount
    busySeconds += next.busySeconds
    usedBlockSeconds += next.usedBlockSeconds
    peakUsedBlockCount = max(peakUsedBlockCount, next.peakUsedBlockCount)
    runningSeconds += next.runningSeconds
    waitingSeconds += next.waitingSeconds
    scheduledSequenceCount += next.scheduledSequenceCount
    computedTokenCount += next.computedTokenCount
    promptTokenCount += next.promptTokenCount
    outputTokenCount += next.outputTokenCount
    prefixHitTokenCount += next.prefixHitTokenCount
    draftTokenCount += next.draftTokenCount
    acceptedDraftTokenCount += next.acceptedDraftTokenCount
    preemptionCount += next.preemptionCount
  }

  /// Blocks in use, on average over the steps' time.
  package var meanUsedBlockCount: Double { mean(usedBlockSeconds, Double(peakUsedBlockCount)) }
  /// Running sequences, on average over the steps' time.
  package var meanRunningCount: Double { mean(runningSeconds, 0) }
  /// Waiting sequences, on average over the steps' time.
  package var meanWaitingCount: Double { mean(waitingSeconds, 0) }

  /// Sequences in a batch, on average over the steps; 0 without steps.
  package var meanSequencesPerStep: Double {
    stepCount > 0 ? Double(scheduledSequenceCount) / Double(stepCount) : 0
  }
  /// Tokens in a batch, on average over the steps; 0 without steps.
  package var meanTokensPerStep: Double { stepCount > 0 ? Double(computedTokenCount) / Double(stepCount) : 0 }

  private func mean(_ sum: Double, _ none: Double) -> Double { busySeconds > 0 ? sum / busySeconds : none }
}
