import QuireScheduling

/// How long a step takes on the made-up clock: a + b · tokens + c · positions read.
///
/// The defaults give SmolLM2-135M on two cores (docs/profile.md): 23 ms for 64 sequences at 176 positions, 124 ms for a
/// prompt of 512 tokens.
package struct StepCost: Sendable, Equatable {
  /// Seconds of an empty step.
  package var stepSeconds = 0.0005
  /// Seconds for each token of the batch.
  package var tokenSeconds = 0.00024
  /// Seconds for each position whose keys and values a sequence of the batch reads.
  package var contextSeconds = 6e-7

  /// The defaults.
  package init() {}

  /// Seconds of a step.
  func seconds(of output: SchedulerOutput) -> Double {
    let positionCount = output.scheduled.reduce(0) { $0 + $1.computedTokenCount + $1.tokenCount }
    return stepSeconds + tokenSeconds * Double(output.scheduledTokenCount)
      + contextSeconds * Double(positionCount)
  }
}
