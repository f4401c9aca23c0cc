extension SamplingParams {
  /// Throws, naming the field, when a valid field asks for something that this version does not carry out.
  ///
  /// An option that has no effect is worse than an error: nobody reads a hundred thousand answers to find out.
  public func checkSupported() throws(SamplingParamsError) {
    try refuse("use_beam_search", "true", useBeamSearch, unless: "false")
    try refuse("n", "\(n)", n > 1, unless: "1")
    if let bestOf { try refuse("best_of", "\(bestOf)", bestOf > 1, unless: "1 or absent") }
    try refuse("length_penalty", "\(lengthPenalty)", lengthPenalty != 1, unless: "1.0")
    switch earlyStopping {
    case .whenUnlikelyToImprove: break
    case .whenEnoughFinished: try refuse("early_stopping", "true", true, unless: "false")
    case .never: try refuse("early_stopping", "\"never\"", true, unless: "false")
    }
    if let logprobs { try refuse("logprobs", "\(logprobs)", true, unless: "absent") }
    if let promptLogprobs { try refuse("prompt_logprobs", "\(promptLogprobs)", true, unless: "absent") }
    try refuse("logit_bias", "set", logitBias != nil, unless: "absent")
    try refuse("allowed_token_ids", "set", allowedTokenIDs != nil, unless: "absent")
    try refuse("bad_words", "set", !badWords.isEmpty, unless: "empty")
    if let truncatePromptTokens {
      try refuse("truncate_prompt_tokens", "\(truncatePromptTokens)", true, unless: "absent")
    }
    try refuse("spaces_between_special_tokens", "false", !spacesBetweenSpecialTokens, unless: "true")
  }

  private func refuse(
    _ field: String, _ value: String, _ asked: Bool, unless requirement: String
  ) throws(SamplingParamsError) {
    guard asked else { return }
    throw SamplingParamsError(kind: .unsupported, field: field, value: value, requirement: requirement)
  }
}
