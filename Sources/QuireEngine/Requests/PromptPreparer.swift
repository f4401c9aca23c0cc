package import QuireChat
package import QuireRequests
package import QuireTokenizers

/// Turns texts, ids and conversations into requests for one model: tokens, end-of-text ids, length.
package struct PromptPreparer: Sendable {
  /// The model's tokenizer.
  package let tokenizer: Tokenizer
  /// The chat format, or why there is none: an error only for those who chat.
  package let chat: Result<ChatFormatter, ChatError>
  /// What requests have to respect.
  package let limits: RequestLimits
  /// The constraints on answers that requests have asked for.
  package let constraints: AnswerConstraints
  /// The ids that end a raw prompt's answer, the model's end-of-text id first.
  package var eosTokenIDs: [Int32]
  /// Whether control tokens written in a raw text are recognised, as in vLLM.
  package var recognizesSpecialTokens = true
  /// The greatest number of tokens that a conversation may take; nil leaves it to the model's length.
  package var historyTokenBudget: Int?
  /// The same as the model's makers advise it, where histories may be cut and nobody said otherwise.
  package var modelHistoryTokenBudget: Int?

  /// A preparer; each argument is the field of its name.
  package init(
    tokenizer: Tokenizer, chat: Result<ChatFormatter, ChatError>, limits: RequestLimits,
    constraints: AnswerConstraints, eosTokenIDs: [Int32]
  ) {
    self.tokenizer = tokenizer
    self.chat = chat
    self.limits = limits
    self.constraints = constraints
    self.eosTokenIDs = eosTokenIDs
  }

  /// Prepares one request.
  ///
  /// - Parameters:
  ///   - input: what to continue or to answer.
  ///   - params: checked here; a nil `maxTokens` is up to the model's length.
  ///   - randomKey: the key of the random numbers where `params` has no seed.
  ///   - cut: whether a conversation that is too long loses its oldest rounds, or is refused.
  /// - Throws: `RequestError` with what is out of range, too long or out of order.
  package func prepare(
    _ input: Prompt, params: SamplingParams, randomKey: UInt64 = 0, cut: HistoryCut = .allowed
  ) throws(RequestError) -> PreparedRequest {
    try limits.check(params)
    switch input {
    case .text(let text):
      if params.truncatePromptTokens == nil { try checkCanFit([text], within: limits.maxModelLen) }
      let ids = tokenizer.encode(
        text, recognizeSpecialTokens: recognizesSpecialTokens, addSpecialTokens: true)
      return try prepared(ids, params, eosTokenIDs: eosTokenIDs, randomKey: randomKey)
    case .tokenIDs(let ids):
      guard !ids.isEmpty else {
        throw RequestError(
          .invalidValue, .promptTokenIDs, found: "\(place: .promptTokenIDs) is an empty list",
          remedy: "give it at least one token id")
      }
      return try prepared(ids, params, eosTokenIDs: eosTokenIDs, randomKey: randomKey)
    case .conversation(let messages):
      let (formatter, prompt) = try self.prompt(for: messages, params, cut: cut)
      let stops = formatter.stopTokenIDs
      let ends = stops + eosTokenIDs.filter { !stops.contains($0) }
      return try prepared(
        prompt.tokenIDs, params, eosTokenIDs: ends, randomKey: randomKey, history: prompt.history)
    }
  }

  /// Throws where the model has no known chat format.
  package func checkChats() throws(RequestError) { _ = try chatFormatter() }

  private func chatFormatter() throws(RequestError) -> ChatFormatter {
    do throws(ChatError) {
      return try chat.get()
    } catch {
      throw RequestError(.noChatFormat, .option(.chatTemplate), found: error.text)
    }
  }

  /// Refuses texts that cannot fit however they are encoded, before time and memory go into encoding them.
  private func checkCanFit(_ texts: [String], within tokenBudget: Int) throws(RequestError) {
    let least = texts.reduce(0) { $0 + tokenizer.leastTokenCount($1) }
    guard least > tokenBudget else { return }
    let byteCount = texts.reduce(0) { $0 + $1.utf8.count }
    throw RequestError(
      .contextLengthExceeded, .prompt,
      found:
        "the prompt's \(byteCount) bytes take at least \(least) tokens, which leaves no room for an "
        + "answer in \(tokenBudget)",
      remedy: "shorten it")
  }

  private func prompt(
    for messages: [ChatMessage], _ params: SamplingParams, cut: HistoryCut
  ) throws(RequestError) -> (ChatFormatter, ChatPrompt) {
    let formatter = try chatFormatter()
    // What may not be cut here is truncated as a whole, where the request says so.
    let isUnbounded = cut == .refused && params.truncatePromptTokens != nil
    let budget = ChatFormatter.tokenBudget(
      historyTokenBudget: historyTokenBudget ?? (cut == .allowed ? modelHistoryTokenBudget : nil),
      modelLength: limits.maxModelLen,
      maxTokens: params.maxTokens ?? limits.maxModelLen)
    switch cut {
    case .refused where isUnbounded: break
    case .refused: try checkCanFit(messages.map(\.content), within: budget)
    case .allowed: try checkCanFit(messages.filter { $0.role == .system }.map(\.content), within: budget)
    }
    do throws(ChatError) {
      return (
        formatter,
        try formatter.prompt(
          for: messages, tokenBudget: isUnbounded ? nil : budget, cut: cut)
      )
    } catch {
      throw RequestError(messages: error)
    }
  }
}
