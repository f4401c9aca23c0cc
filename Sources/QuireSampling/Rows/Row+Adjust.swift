extension Row {
  /// Applies what changes single logits, in this order: the `min_tokens` mask, then each penalty.
  ///
  /// Ids outside the row are passed over: a prompt may hold ids that the head has no logit for.
  func adjust(by state: SamplingState) {
    if state.outputTokenCount < state.minTokens {
      for id in state.maskedTokenIDs where contains(id) { values[Int(id)] = -.infinity }
    }
    guard let penalties = state.penalties, let history = state.history else { return }
    for index in history.tokenIDs.indices where contains(history.tokenIDs[index]) {
      let token = Int(history.tokenIDs[index])
      let count = Float(history.outputCounts[index])
      values[token] = penalized(values[token], outputCount: count, penalties)
    }
  }

  private func contains(_ id: Int32) -> Bool { id >= 0 && Int(id) < count }

  private func penalized(
    _ logit: Float, outputCount: Float, _ penalties: SamplingState.Penalties
  ) -> Float {
    // What is excluded, or broken, stays so.
    guard logit.isFinite else { return logit }
    var value = logit > 0 ? logit / penalties.repetition : logit * penalties.repetition
    value -= penalties.frequency * outputCount
    if outputCount > 0 { value -= penalties.presence }
    // A penalty makes no token impossible and none certain, even where fp32 ends.
    return min(max(value, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
  }
}
