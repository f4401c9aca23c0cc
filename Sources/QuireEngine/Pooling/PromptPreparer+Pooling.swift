import QuireRequests
import QuireTokenizers

extension PromptPreparer {
  /// A request for a text's hidden states.
  ///
  /// Throws `RequestError` where the model makes no such thing, and for a text that is empty or too long.
  func prepared(_ input: PooledInput, randomKey: UInt64) throws(RequestError) -> PreparedRequest {
    guard let poolingRules else {
      throw RequestError(.unsupportedValue, .request, found: "nobody said what the model makes of texts")
    }
    let pooling = try poolingRules.pooling(input.task)
    let limit = try tokenLimit(input.tokenLimit)
    let ids = try tokenIDs(input, limit: limit)
    try limits.checkPrompt(ids)
    let params = SamplingParams(temperature: 0, maxTokens: 1)
    return PreparedRequest(
      promptTokenIDs: ids, rules: rules.rules(params, eosTokenIDs: [], outputTokenLimit: 1),
      randomKey: randomKey, history: nil, hasDoubledBOS: false,
      // A number takes a sixteenth of what an entry does.
      reportedEntryLimit: 1 + pooling.elementCount / 16,
      constraint: nil, thought: nil, pooling: pooling)
  }

  private func tokenLimit(_ limit: Int?) throws(RequestError) -> Int? {
    guard let limit else { return nil }
    if limit == -1 { return limits.maxModelLen }
    guard limit >= 1, limit <= limits.maxModelLen else {
      throw RequestError(
        .invalidValue, .parameter(.truncatePromptTokens), found: "\(limit)",
        expected: "between 1 and \(limits.maxModelLen), or -1 for that")
    }
    return limit
  }

  private func tokenIDs(_ input: PooledInput, limit: Int?) throws(RequestError) -> [Int32] {
    switch input.source {
    case .tokenIDs(let ids): return limit.map { Array(ids.prefix($0)) } ?? ids
    case .text(let text):
      // Before time and memory go into encoding it.
      if limit == nil { try limits.checkLength(of: text, atLeast: tokenizer.leastTokenCount(text)) }
      try checkLength(text)
      var ids = tokenizer.encode(
        text, recognizeSpecialTokens: recognizesSpecialTokens, addSpecialTokens: false)
      guard input.addsSpecialTokens else { return limit.map { Array(ids.prefix($0)) } ?? ids }
      if let limit {
        // What stands around a text stays, as where Hugging Face's tokenizers truncate.
        let aroundCount = tokenizer.addingSpecialTokens(to: []).count
        ids = Array(ids.prefix(max(limit - aroundCount, 0)))
      }
      let whole = tokenizer.addingSpecialTokens(to: ids)
      return limit.map { Array(whole.prefix($0)) } ?? whole
    }
  }
}

extension RequestLimits {
  /// Throws `RequestError` where a text that nothing follows is empty, names an id outside the vocabulary, or is too long.
  func checkPrompt(_ tokenIDs: [Int32]) throws(RequestError) {
    guard !tokenIDs.isEmpty else {
      throw RequestError(
        .invalidValue, .prompt, found: "\(place: .prompt) has no tokens", remedy: "give it at least one")
    }
    if let index = tokenIDs.firstIndex(where: { $0 < 0 || Int($0) >= vocabularySize }) {
      throw RequestError(
        .invalidValue, .prompt, found: "token \(index) of \(place: .prompt) is \(tokenIDs[index])",
        remedy: "the vocabulary has the ids 0 to \(vocabularySize - 1)")
    }
    guard tokenIDs.count > maxModelLen else { return }
    throw tooLong("\(place: .prompt) takes \(tokenIDs.count) tokens")
  }

  /// Throws `RequestError` where a text cannot fit however it is encoded.
  /// - Parameter tokenCount: that it takes at least.
  func checkLength(of text: String, atLeast tokenCount: Int) throws(RequestError) {
    guard tokenCount > maxModelLen else { return }
    throw tooLong("the \(text.utf8.count) bytes of \(place: .prompt) take at least \(tokenCount) tokens")
  }

  private func tooLong(_ found: ErrorText) -> RequestError {
    RequestError(
      .contextLengthExceeded, .prompt, found: found + ", more than the context length of \(maxModelLen)",
      remedy: "shorten it, or give \(field: .truncatePromptTokens)")
  }
}
