extension Row {
  /// Applies what changes single logits, in this order: `allowed_token_ids` and `structured_outputs`, `bad_words`,
  /// the `min_tokens` mask, `logit_bias`, then each penalty. Where a thought has to end, its end marker alone is left.
  ///
  /// Ids outside the row are passed over: a prompt may hold ids that the head has no logit for.
  /// - Parameters:
  ///   - scratch: memory for a value a token.
  ///   - mask: memory for a bit a token.
  func adjust(
    by state: SamplingState, scratch: UnsafeMutablePointer<Float>, mask: UnsafeMutablePointer<UInt64>
  ) {
    if let forced = state.forcedTokenID, contains(forced) { return keepOnly(forced) }
    if let constraints = state.constraints {
      if let allowed = constraints.allowedTokenIDs { keepOnly(allowed, scratch) }
    }
    if let structure = state.structure {
      if state.structureWaits {
        for id in structure.endTokenIDs { values[Int(id)] = -.infinity }
      } else {
        structure.fillMask(outputTokenCount: state.outputTokenCount, mask)
        keepOnly(bits: mask)
      }
    }
    state.constraints?.forEachForbiddenToken { id in
      if contains(id) { values[Int(id)] = -.infinity }
    }
    if state.outputTokenCount < state.minTokens {
      for id in state.maskedTokenIDs where contains(id) { values[Int(id)] = -.infinity }
    }
    for bias in state.constraints?.biases ?? [] where contains(bias.tokenID) {
      values[Int(bias.tokenID)] = finite(values[Int(bias.tokenID)]) { $0 + bias.bias }
    }
    guard let penalties = state.penalties, let history = state.history else { return }
    for index in history.tokenIDs.indices where contains(history.tokenIDs[index]) {
      let token = Int(history.tokenIDs[index])
      let count = Float(history.outputCounts[index])
      values[token] = penalized(values[token], outputCount: count, penalties)
    }
  }

  private func contains(_ id: Int32) -> Bool { id >= 0 && Int(id) < count }

  /// Excludes every token but one. Where the model excludes that one, or its logit is broken, it stays so.
  private func keepOnly(_ id: Int32) {
    let logit = values[Int(id)]
    values.update(repeating: -.infinity, count: count)
    values[Int(id)] = logit
  }

  /// Excludes every token but those of `ids`, which ascend.
  private func keepOnly(_ ids: [Int32], _ scratch: UnsafeMutablePointer<Float>) {
    for (index, id) in ids.enumerated() where contains(id) { scratch[index] = values[Int(id)] }
    values.update(repeating: -.infinity, count: count)
    for (index, id) in ids.enumerated() where contains(id) { values[Int(id)] = scratch[index] }
  }

  private func penalized(
    _ logit: Float, outputCount: Float, _ penalties: SamplingState.Penalties
  ) -> Float {
    finite(logit) { logit in
      var value = logit > 0 ? logit / penalties.repetition : logit * penalties.repetition
      value -= penalties.frequency * outputCount
      if outputCount > 0 { value -= penalties.presence }
      return value
    }
  }

  /// A logit changed by `change`. What is excluded, or broken, stays so; nothing becomes impossible or certain, even
  /// where fp32 ends.
  @inline(__always)
  private func finite(_ logit: Float, _ change: (Float) -> Float) -> Float {
    guard logit.isFinite else { return logit }
    return min(max(change(logit), -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
  }
}
