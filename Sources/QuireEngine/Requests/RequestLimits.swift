package import QuireRequests

/// What every request of a model has to respect.
package struct RequestLimits: Sendable, Equatable {
  /// Prompt ids and ids in parameters lie below it.
  package let vocabularySize: Int
  /// The longest prompt plus answer, in tokens.
  package let maxModelLen: Int

  /// Limits; each argument is the field of its name.
  package init(vocabularySize: Int, maxModelLen: Int) {
    self.vocabularySize = vocabularySize
    self.maxModelLen = maxModelLen
  }

  /// Throws `RequestError` where a parameter is out of range, or not supported in this version.
  package func check(_ params: SamplingParams) throws(RequestError) {
    try params.validate(vocabularySize: vocabularySize)
    try params.checkSupported()
  }

  /// How many tokens a request may generate: its `maxTokens`, lowered to what the model's length leaves.
  ///
  /// Throws `RequestError` where the prompt is empty, names an id outside the vocabulary, or leaves no token for an answer.
  package func outputTokenLimit(
    promptTokenIDs: [Int32], maxTokens: Int?
  ) throws(RequestError) -> Int {
    guard !promptTokenIDs.isEmpty else {
      throw RequestError(
        .invalidValue, .prompt, found: "the prompt has no tokens", remedy: "give it at least one")
    }
    try checkIDs(promptTokenIDs)
    let left = maxModelLen - promptTokenIDs.count
    guard left > 0 else {
      throw RequestError(
        .contextLengthExceeded, .prompt,
        found:
          "the prompt takes \(promptTokenIDs.count) tokens, which leaves none of the context length of \(maxModelLen) "
          + "for an answer",
        remedy: "shorten it")
    }
    return min(maxTokens ?? left, left)
  }

  /// Throws `RequestError` where a prompt names an id outside the vocabulary.
  func checkIDs(_ promptTokenIDs: [Int32]) throws(RequestError) {
    guard let index = promptTokenIDs.firstIndex(where: { $0 < 0 || Int($0) >= vocabularySize }) else {
      return
    }
    throw RequestError(
      .invalidValue, .promptTokenIDs,
      found: "prompt token \(index) is \(promptTokenIDs[index])",
      remedy: "the vocabulary has the ids 0 to \(vocabularySize - 1)")
  }

  /// Log-probabilities that one request may report: some 500 MB of memory, and 300 MB of text.
  static let mostReportedEntries = 1 << 22

  /// Throws `RequestError` where the log-probabilities that a request may come to report would not fit the memory.
  package func checkReport(
    _ params: SamplingParams, promptTokenCount: Int, outputTokenLimit: Int
  ) throws(RequestError) {
    let answerCount = max(params.sampleCount, params.beamWidth)
    try checkReport(
      .logprobs, params.reportedTokenCount, positionCount: answerCount * outputTokenLimit,
      remedy: "make the answers shorter with \(field: .maxTokens), or ask for fewer of them")
    try checkReport(
      .promptLogprobs, params.promptLogprobs, positionCount: promptTokenCount,
      remedy: "make the prompt shorter")
  }

  /// Log-probabilities that a checked request reports at most.
  func reportedEntryLimit(_ params: SamplingParams, promptTokenCount: Int, outputTokenLimit: Int) -> Int {
    let answerCount = max(params.sampleCount, params.beamWidth)
    return entryCount(params.reportedTokenCount) * answerCount * outputTokenLimit
      + entryCount(params.promptLogprobs) * promptTokenCount
  }

  /// Log-probabilities that a request comes to keep which scores so many tokens, and reports as `params.logprobs` says.
  ///
  /// Throws `RequestError` where they would not fit the memory.
  func scoredEntryLimit(_ params: SamplingParams, tokenCount: Int) throws(RequestError) -> Int {
    try checkReport(
      .logprobs, params.logprobs ?? 1, positionCount: tokenCount, remedy: "score fewer texts in one request")
    return tokenCount * entryCount(params.logprobs == -1 ? -1 : max(params.logprobs ?? 1, 1))
  }

  /// Entries of a position that reports `count` tokens.
  private func entryCount(_ count: Int?) -> Int {
    guard let count else { return 0 }
    return count == -1 ? vocabularySize : min(count + 1, vocabularySize)
  }

  /// Each position has the most likely tokens and, where it is none of them, its own.
  private func checkReport(
    _ field: SamplingField, _ count: Int?, positionCount: Int, remedy: @autoclosure () -> ErrorText
  ) throws(RequestError) {
    guard let count else { return }
    let entryCount = entryCount(count)
    guard positionCount * entryCount > Self.mostReportedEntries else { return }
    let fewer = count == 0 ? "" : "report fewer tokens, or "
    throw RequestError(
      .invalidValue, .parameter(field),
      found:
        "\(field: field) is \(count), which may report \(positionCount) positions of \(entryCount) tokens",
      remedy:
        "at most \(Self.mostReportedEntries / entryCount) positions of so many fit a request, so "
        + "\(fewer)\(remedy())"
    )
  }
}
