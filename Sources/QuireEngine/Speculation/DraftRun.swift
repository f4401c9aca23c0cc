import QuireSampling

/// What a step draws of a sequence with drafts: a token from the row of its last known token, and one from the row of each
/// draft as long as the token drawn before it is that draft. So each is drawn as it would be without drafts.
struct DraftRun {
  private let drafts: [Int32]
  private var state: SamplingState
  private var isOver = false
  /// What has been drawn, in order.
  private(set) var draws: [Draw] = []
  /// Why nothing could be drawn after that.
  private(set) var failure: SamplingError?

  /// Nothing drawn. `state`: of the sampler, before the drafts.
  init(_ drafts: ArraySlice<Int32>, _ state: SamplingState) {
    self.drafts = Array(drafts)
    self.state = state
  }

  /// Draws from the next row, which is destroyed; rows behind a wrong draft are left alone.
  mutating func draw(from logits: UnsafeMutableBufferPointer<Float>, _ sampler: ThreadSampler) {
    if isOver { return }
    switch sampler.draw(logits, state) {
    case .success(let draw):
      draws.append(draw)
      isOver = draws.count > drafts.count || drafts[draws.count - 1] != draw.tokenID
      if !isOver { state.append(draw.tokenID) }
    case .failure(let error):
      failure = error
      isOver = true
    }
  }
}
