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

  /// Entries of whole vocabularies that one request may report: some 500 MB of them, and several gigabytes of text.
  static let mostReportedEntries = 1 << 24

  /// Throws `RequestRefusal` where log-probabilities of whole vocabularies would not fit the memory.
  package func checkReport(
    _ params: SamplingParams, promptTokenCount: Int, outputTokenLimit: Int
  ) throws(RequestRefusal) {
    func check(_ field: String, _ count: Int?, _ positionCount: Int) throws(RequestRefusal) {
      guard count == -1, positionCount * vocabularySize > Self.mostReportedEntries else { return }
      throw RequestRefusal(
        code: .invalidValue,
        message: "\(field) is -1, which reports \(positionCount) positions of \(vocabularySize) tokens; "
          + "at most \(Self.mostReportedEntries / vocabularySize) positions of this model fit, so make the "
          + (field == "logprobs" ? "answers shorter with max_tokens, or fewer" : "prompt shorter"),
        param: field)
    }
    try check("logprobs", params.logprobs, outputTokenLimit * params.sampleCount)
    try check("prompt_logprobs", params.promptLogprobs, promptTokenCount)
  }
}
