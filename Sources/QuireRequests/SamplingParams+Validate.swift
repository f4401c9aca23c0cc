extension SamplingParams {
  /// Throws for the first field whose value is outside its range, NaN and infinities included.
  ///
  /// The fields are checked as given: `temperature: 0, topP: 0` is an error although greedy sampling would not
  /// read `topP`. Nil for `vocabularySize` (number of token ids) leaves out the checks that ids are below it.
  public func validate(vocabularySize: Int? = nil) throws(SamplingParamsError) {
    try check("n", n, (1...16384).contains(n), "in 1...16384")
    if let bestOf {
      try check("best_of", bestOf, bestOf >= n && bestOf <= 16384, "in n...16384, with n = \(n)")
    }
    try check("presence_penalty", presencePenalty, (-2...2).contains(presencePenalty), "in -2...2")
    try check("frequency_penalty", frequencyPenalty, (-2...2).contains(frequencyPenalty), "in -2...2")
    try check(
      "repetition_penalty", repetitionPenalty, repetitionPenalty.isFinite && repetitionPenalty > 0,
      "finite and greater than 0")
    try check("temperature", temperature, (0...2).contains(temperature), "in 0...2")
    try check("top_p", topP, topP > 0 && topP <= 1, "in (0, 1]")
    try check("top_k", topK, topK >= -1, "at least 1, or 0 or -1 to consider all tokens")
    try check("min_p", minP, (0...1).contains(minP), "in 0...1")
    try check("stop", "an empty string", !stop.contains(""), "a list of strings of which none is empty")
    try check(
      "bad_words", "an empty string", !badWords.contains(""), "a list of strings of which none is empty")
    try checkLengths()
    try checkCount("logprobs", logprobs)
    try checkCount("prompt_logprobs", promptLogprobs)
    try check(
      "stop", "set with detokenize = false", stop.isEmpty || detokenize,
      "empty without detokenized text to find it in")
    try checkTokenIDs(vocabularySize)
    try checkSearch()
  }

  private func checkLengths() throws(SamplingParamsError) {
    if let maxTokens { try check("max_tokens", maxTokens, maxTokens >= 1, "at least 1") }
    try check("min_tokens", minTokens, minTokens >= 0, "at least 0")
    if let maxTokens {
      try check("min_tokens", minTokens, minTokens <= maxTokens, "at most max_tokens = \(maxTokens)")
    }
    if let truncatePromptTokens {
      try check("truncate_prompt_tokens", truncatePromptTokens, truncatePromptTokens >= 1, "at least 1")
    }
  }

  private func checkTokenIDs(_ vocabularySize: Int?) throws(SamplingParamsError) {
    let bound = vocabularySize ?? Int(Int32.max) + 1
    func check(_ field: String, _ id: Int32) throws(SamplingParamsError) {
      guard id < 0 || Int(id) >= bound else { return }
      throw SamplingParamsError(
        field: field, value: "the token id \(id)",
        requirement: "made of ids in the vocabulary, 0..<\(bound)")
    }
    for id in stopTokenIDs { try check("stop_token_ids", id) }
    if let allowedTokenIDs {
      try self.check("allowed_token_ids", "empty", !allowedTokenIDs.isEmpty, "absent or not empty")
      for id in allowedTokenIDs { try check("allowed_token_ids", id) }
    }
    // Sorted, so that the id that the error names does not change from run to run.
    for (id, bias) in (logitBias ?? [:]).sorted(by: { $0.key < $1.key }) {
      try check("logit_bias", id)
      try self.check("logit_bias", "\(bias) for the token id \(id)", bias.isFinite, "finite")
    }
  }

  private func checkSearch() throws(SamplingParamsError) {
    try check("length_penalty", lengthPenalty, lengthPenalty.isFinite, "finite")
    guard !useBeamSearch else {
      try check("temperature", temperature, temperature == 0, "0 with use_beam_search")
      return try check(
        bestOf == nil ? "n" : "best_of", beamWidth, beamWidth > 1, "at least 2 with use_beam_search")
    }
    try check("length_penalty", lengthPenalty, lengthPenalty == 1, "1.0 without use_beam_search")
    try check(
      "early_stopping", earlyStopping == .never ? "\"never\"" : "true",
      earlyStopping == .whenUnlikelyToImprove, "false without use_beam_search")
    guard temperature == 0 else { return }
    try check("n", n, n == 1, "1 when temperature is 0: greedy sampling has one answer")
    if let bestOf {
      try check("best_of", bestOf, bestOf == 1, "1 when temperature is 0: greedy sampling has one answer")
    }
  }

  private func checkCount(_ field: String, _ count: Int?) throws(SamplingParamsError) {
    guard let count else { return }
    try check(field, count, (-1...20).contains(count), "in 0...20, or -1 for the whole vocabulary")
  }

  private func check(
    _ field: String, _ value: some CustomStringConvertible, _ holds: Bool, _ requirement: String
  ) throws(SamplingParamsError) {
    guard !holds else { return }
    throw SamplingParamsError(field: field, value: value.description, requirement: requirement)
  }
}
