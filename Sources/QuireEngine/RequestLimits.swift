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

  /// Throws `RequestRefusal` where a parameter is out of range, or not supported in this version.
  package func check(_ params: SamplingParams) throws(RequestRefusal) {
    do {
      try params.validate(vocabularySize: vocabularySize)
      try params.checkSupported()
    } catch {
      throw RequestRefusal(
        code: error.kind == .unsupported ? .unsupportedValue : .invalidValue, message: error.description,
        param: error.field)
    }
  }

  /// How many tokens a request may generate: its `maxTokens`, lowered to what the model's length leaves.
  ///
  /// Throws `RequestRefusal` where the prompt is empty, names an id outside the vocabulary, or leaves no room.
  package func outputTokenLimit(
    promptTokenIDs: [Int32], maxTokens: Int?
  ) throws(RequestRefusal) -> Int {
    guard !promptTokenIDs.isEmpty else {
      throw RequestRefusal(
        code: .invalidValue, message: "the prompt has no tokens; give it at least one", param: "prompt")
    }
    if let index = promptTokenIDs.firstIndex(where: { $0 < 0 || Int($0) >= vocabularySize }) {
      throw RequestRefusal(
        code: .invalidValue,
        message: "prompt token \(index) is \(promptTokenIDs[index]); the vocabulary has the ids "
          + "0 to \(vocabularySize - 1)", param: "prompt_token_ids")
    }
    let room = maxModelLen - promptTokenIDs.count
    guard room > 0 else {
      throw RequestRefusal(
        code: .contextLengthExceeded,
        message: "the prompt takes \(promptTokenIDs.count) tokens, which leaves no room for an answer in the "
          + "model's length of \(maxModelLen); shorten it", param: "prompt")
    }
    return min(maxTokens ?? room, room)
  }

  /// Log-probabilities that one request may report: some 500 MB of them, and several gigabytes of text.
  static let mostReportedEntries = 1 << 24

  /// Throws `RequestRefusal` where the log-probabilities that a request may come to report would not fit the memory.
  package func checkReport(
    _ params: SamplingParams, promptTokenCount: Int, outputTokenLimit: Int
  ) throws(RequestRefusal) {
    let answerCount = max(params.sampleCount, params.beamWidth)
    try checkReport(
      "logprobs", params.logprobs, positionCount: answerCount * outputTokenLimit,
      remedy: "make the answers shorter with max_tokens, or ask for fewer of them")
    try checkReport(
      "prompt_logprobs", params.promptLogprobs, positionCount: promptTokenCount,
      remedy: "make the prompt shorter")
  }

  /// Each position has the most likely tokens and, where it is none of them, its own.
  private func checkReport(
    _ field: String, _ count: Int?, positionCount: Int, remedy: String
  ) throws(RequestRefusal) {
    guard let count else { return }
    let entryCount = count == -1 ? vocabularySize : min(count + 1, vocabularySize)
    guard positionCount * entryCount > Self.mostReportedEntries else { return }
    throw RequestRefusal(
      code: .invalidValue,
      message:
        "\(field) is \(count), which may report \(positionCount) positions of \(entryCount) tokens; at most "
        + "\(Self.mostReportedEntries / entryCount) positions of so many fit a request, so "
        + (count == 0 ? "" : "report fewer tokens, or ") + remedy, param: field)
  }
}
