package import QuireSampling

/// What one step drew for one sequence of a request. All of a request's draws, in order, are enough to go on with it in
/// another engine: its text, its random numbers, its masks and its report follow from them.
package enum RecordedDraw: Sendable, Equatable {
  /// The next token of one of the samples, from 0.
  case token(sample: Int, Draw)
  /// What a beam search took of the step's candidates.
  case beams([BeamChoice])
}

/// One draw of a step, and whose it is.
package struct StepDraw: Sendable, Equatable {
  /// The request's id in its engine.
  package let requestID: UInt64
  /// What was drawn.
  package let draw: RecordedDraw

  /// A draw; each argument is the field of its name.
  package init(requestID: UInt64, draw: RecordedDraw) {
    self.requestID = requestID
    self.draw = draw
  }
}
