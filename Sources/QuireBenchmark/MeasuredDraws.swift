import QuireEngine
import QuireRequests
import QuireSampling

/// What one sequence of a measurement draws from: always the same state, or an answer that goes on.
struct MeasuredDraws {
  private var state: SamplingState
  private let first: SamplingState
  /// What ends the answer; nil where it does not go on.
  private let stopChecker: StopChecker?

  /// Draws from `state`, which is that of an answer's beginning where `stopChecker` is given.
  init(state: SamplingState, stopChecker: StopChecker?) {
    self.state = state
    first = state
    self.stopChecker = stopChecker
  }

  /// Draws once from a row of logits, which are destroyed.
  mutating func draw(_ sampler: ThreadSampler, _ logits: UnsafeMutableBufferPointer<Float>) {
    let draw = sampler.draw(logits, state)
    guard let stopChecker, case .success(let drawn) = draw else { return }
    state.append(drawn.tokenID)
    let end = stopChecker.decision(appending: drawn.tokenID, outputTokenCount: state.outputTokenCount)
    if end != nil || state.isComplete { state = first }
  }
}
