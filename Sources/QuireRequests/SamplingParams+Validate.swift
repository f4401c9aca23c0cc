extension SamplingParams {
  /// Throws for the first field whose value is outside its range, NaN and infinities included.
  ///
  /// The fields are checked as given: `temperature: 0, topP: 0` is an error although greedy sampling would not
  /// read `topP`. Nil for `vocabularySize` (number of token ids) leaves out the checks that ids are below it.
  public func validate(vocabularySize: Int? = nil) throws(RequestError) {
    try check(.n, n, (1...16384).contains(n), "in 1...16384")
    if let bestOf {
      try check(
        .bestOf, bestOf, bestOf >= n && bestOf <= 16384,
        "in \(field: .n)...16384, with \(field: .n) = \(n)")
    }
    try check(.presencePenalty, presencePenalty, (-2...2).contains(presencePenalty), "in -2...2")
    try check(.frequencyPenalty, frequencyPenalty, (-2...2).contains(frequencyPenalty), "in -2...2")
    try check(
      .repetitionPenalty, repetitionPenalty, repetitionPenalty.isFinite && repetitionPenalty > 0,
      "finite and greater than 0")
    try check(.temperature, temperature, (0...2).contains(temperature), "in 0...2")
    try check(.topP, topP, topP > 0 && topP <= 1, "in (0, 1]")
    try check(.topK, topK, topK >= -1, "at least 1, or 0 or -1 to consider all tokens")
    try check(.minP, minP, (0...1).contains(minP), "in 0...1")
    try check(.stop, "an empty string", !stop.contains(""), "a list of strings of which none is empty")
    try check(
      .badWords, "an empty string", !badWords.contains(""), "a list of strings of which none is empty")
    try checkLengths()
    try checkCount(.logprobs, logprobs)
    try checkCount(.promptLogprobs, promptLogprobs)
    guard stop.isEmpty || detokenize else {
      throw RequestError(
        .invalidValue, .parameter(.stop), found: "set with \(field: .detokenize) = false",
        expected: "empty without detokenized text to find it in")
    }
    try checkTokenIDs(vocabularySize)
    try checkSearch()
  }

  private func checkLengths() throws(RequestError) {
    if let maxTokens { try check(.maxTokens, maxTokens, maxTokens >= 1, "at least 1") }
    try check(.minTokens, minTokens, minTokens >= 0, "at least 0")
    if let maxTokens {
      try check(
        .minTokens, minTokens, minTokens <= maxTokens, "at most \(field: .maxTokens) = \(maxTokens)")
    }
    if let truncatePromptTokens {
      try check(.truncatePromptTokens, truncatePromptTokens, truncatePromptTokens >= 1, "at least 1")
    }
  }

  private func checkTokenIDs(_ vocabularySize: Int?) throws(RequestError) {
    let bound = vocabularySize ?? Int(Int32.max) + 1
    func check(_ field: SamplingField, _ id: Int32) throws(RequestError) {
      try self.check(
        field, "the token id \(id)", id >= 0 && Int(id) < bound,
        "made of ids in the vocabulary, 0..<\(bound)")
    }
    for id in stopTokenIDs { try check(.stopTokenIDs, id) }
    if let allowedTokenIDs {
      try self.check(.allowedTokenIDs, "empty", !allowedTokenIDs.isEmpty, "absent or not empty")
      for id in allowedTokenIDs { try check(.allowedTokenIDs, id) }
    }
    // Sorted, so that the id that the error names does not change from run to run.
    for (id, bias) in (logitBias ?? [:]).sorted(by: { $0.key < $1.key }) {
      try check(.logitBias, id)
      try self.check(.logitBias, "\(bias) for the token id \(id)", bias.isFinite, "finite")
    }
  }

  private func checkSearch() throws(RequestError) {
    try check(.lengthPenalty, lengthPenalty, lengthPenalty.isFinite, "finite")
    guard !useBeamSearch else {
      try check(.temperature, temperature, temperature == 0, "0 with \(field: .useBeamSearch)")
      return try check(
        bestOf == nil ? .n : .bestOf, beamWidth, beamWidth > 1, "at least 2 with \(field: .useBeamSearch)")
    }
    try check(.lengthPenalty, lengthPenalty, lengthPenalty == 1, "1.0 without \(field: .useBeamSearch)")
    try check(
      .earlyStopping, earlyStopping == .never ? "\"never\"" : "true",
      earlyStopping == .whenUnlikelyToImprove, "false without \(field: .useBeamSearch)")
    guard temperature == 0 else { return }
    try check(.n, n, n == 1, Self.greedyCount)
    if let bestOf { try check(.bestOf, bestOf, bestOf == 1, Self.greedyCount) }
  }

  private static let greedyCount: ErrorText =
    "1 when \(field: .temperature) is 0: greedy sampling has one answer"

  private func checkCount(_ field: SamplingField, _ count: Int?) throws(RequestError) {
    guard let count else { return }
    try check(field, count, (-1...20).contains(count), "in 0...20, or -1 for the whole vocabulary")
  }

  private func check(
    _ field: SamplingField, _ value: some CustomStringConvertible, _ holds: Bool,
    _ requirement: @autoclosure () -> ErrorText
  ) throws(RequestError) {
    guard !holds else { return }
    throw RequestError(
      .invalidValue, .parameter(field), found: ErrorText(value.description), expected: requirement())
  }
}
