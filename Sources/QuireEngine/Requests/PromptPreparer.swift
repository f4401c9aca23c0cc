package import QuireChat
package import QuireRequests
package import QuireTokenizers

/// Turns texts, ids and conversations into requests for one model: tokens, end-of-text ids, length.
package struct PromptPreparer: Sendable {
  /// The model's tokenizer.
  package let tokenizer: Tokenizer
  /// What makes prompts of conversations, or why nothing does: an error only for those who chat.
  package let chat: Result<ChatPrompter, ChatError>
  /// What requests have to respect.
  package let limits: RequestLimits
  /// The constraints on answers that requests have asked for.
  package let constraints: AnswerConstraints
  /// What the parameters of the latest requests came to.
  let rules: SharedRules
  /// The ids that end a raw prompt's answer, the model's end-of-text id first.
  package var eosTokenIDs: [Int32]
  /// Whether control tokens written in a raw text are recognised, as in vLLM.
  package var recognizesSpecialTokens = true
  /// The greatest number of tokens that a conversation may take; nil leaves it to the model's length.
  package var historyTokenBudget: Int?
  /// The same as the model's makers advise it, where histories may be cut and nobody said otherwise.
  package var modelHistoryTokenBudget: Int?
  /// The most earlier rounds of conversations that do not say it themselves; nil for any number.
  package var historyLength: Int?
  /// Whether answers to conversations tell what the model thinks apart from what it says.
  package var tellsThoughtsApart = true

  /// What the model makes of texts without answering them; nil where nobody said.
  package var poolingRules: PoolingRules?

  /// The tokens between which the model thinks; nil where it has none.
  let thoughtMarkers: ThoughtMarkers?

  /// How the model scores pairs of texts.
  package var pairForm: PairForm { poolingRules?.pairForm ?? .cosine }

  /// How the model writes calls of tools: as plain JSON, where nothing makes prompts of conversations.
  package var toolCallStyle: ToolCallStyle { (try? chat.get())?.toolCallStyle ?? ToolCallStyle(.json) }

  /// A preparer; each argument is the field of its name.
  package init(
    tokenizer: Tokenizer, chat: Result<ChatPrompter, ChatError>, limits: RequestLimits,
    constraints: AnswerConstraints, eosTokenIDs: [Int32]
  ) {
    self.tokenizer = tokenizer
    self.chat = chat
    thoughtMarkers = (try? chat.get())?.thoughtMarkers
    self.limits = limits
    self.constraints = constraints
    rules = SharedRules(tokenizer: tokenizer)
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
    return try prepare(input, checkedParams: params, randomKey: randomKey, cut: cut)
  }

  /// The same for parameters that `limits` has checked.
  package func prepare(
    _ input: Prompt, checkedParams params: SamplingParams, randomKey: UInt64 = 0, cut: HistoryCut = .allowed
  ) throws(RequestError) -> PreparedRequest {
    switch input {
    case .pooled(let input): return try prepared(input, randomKey: randomKey)
    case .text(let text):
      if params.truncatePromptTokens == nil {
        try checkCanFit(CollectionOfOne(text), within: limits.maxModelLen)
      }
      try checkLength(text)
      let ids = tokenizer.encode(
        text, recognizeSpecialTokens: recognizesSpecialTokens,
        addSpecialTokens: params.addSpecialTokens ?? true)
      return try prepared(
        ids, params, eosTokenIDs: eosTokenIDs, randomKey: randomKey, isText: params.addSpecialTokens ?? true)
    case .pieces(let pieces):
      let (text, trusted) = joined(pieces)
      if params.truncatePromptTokens == nil {
        try checkCanFit(CollectionOfOne(text), within: limits.maxModelLen)
      }
      try checkLength(text)
      let addsSpecialTokens = params.addSpecialTokens ?? true
      let ids = tokenizer.encode(text, trusting: trusted, guarding: [])
      return try prepared(
        addsSpecialTokens ? tokenizer.addingSpecialTokens(to: ids) : ids, params, eosTokenIDs: eosTokenIDs,
        randomKey: randomKey, isText: addsSpecialTokens)
    case .tokenIDs(let ids):
      try checkHasIDs(ids)
      return try prepared(ids, params, eosTokenIDs: eosTokenIDs, randomKey: randomKey)
    case .conversation(let messages, let settings):
      let (prompter, prompt) = try self.prompt(for: messages, settings, params, cut: cut)
      let stops = prompter.stopTokenIDs
      let ends = stops + eosTokenIDs.filter { !stops.contains($0) }
      return try prepared(
        params.addSpecialTokens == true
          ? tokenizer.addingSpecialTokens(to: prompt.tokenIDs) : prompt.tokenIDs,
        params, eosTokenIDs: ends, randomKey: randomKey, isChat: true, history: prompt.history)
    }
  }

  /// The prompt of a conversation, as `prepare` makes it for an answer of the given length.
  ///
  /// Throws `RequestError` for messages that the template refuses, and for what does not fit.
  package func prompt(
    for messages: [ChatMessage], _ settings: ChatSettings, maxTokens: Int?
  ) throws(RequestError) -> ChatPrompt {
    try prompt(for: messages, settings, SamplingParams(maxTokens: maxTokens), cut: .allowed).1
  }

  /// Throws where the model has no known chat format.
  package func checkChats() throws(RequestError) { _ = try prompter() }

  private func prompter() throws(RequestError) -> ChatPrompter {
    do throws(ChatError) {
      return try chat.get()
    } catch {
      throw RequestError(.noChatFormat, .option(.chatTemplate), found: error.text)
    }
  }

  /// Refuses a prompt of no ids.
  func checkHasIDs(_ ids: [Int32]) throws(RequestError) {
    guard ids.isEmpty else { return }
    throw RequestError(
      .invalidValue, .promptTokenIDs, found: "\(place: .promptTokenIDs) is an empty list",
      remedy: "give it at least one token id")
  }

  /// Refuses a text that is too long to be encoded, also where only its end would count.
  func checkLength(_ text: String, _ place: ErrorPlace = .prompt) throws(RequestError) {
    let byteCount = text.utf8.count
    guard byteCount > TextBound.byteCount else { return }
    let name: ErrorText =
      switch place {
      case .prompt: "the prompt"
      case .scoredText: "the text"
      default: "\(place: place)"
      }
    throw RequestError(
      .contextLengthExceeded, place,
      found: "\(name) has \(byteCount) bytes, and at most \(TextBound.byteCount) are taken into a prompt",
      remedy: "shorten it")
  }

  /// A text in parts as one, and where it may hold control tokens, in bytes.
  func joined(_ pieces: [TextPiece]) -> (text: String, trusted: [Range<Int>]) {
    var text = ""
    var trusted: [Range<Int>] = []
    for piece in pieces {
      let start = text.utf8.count
      text += piece.text
      if piece.isTrusted && recognizesSpecialTokens { trusted.append(start..<text.utf8.count) }
    }
    return (text, trusted)
  }

  /// Refuses texts that cannot fit however they are encoded, before time and memory go into encoding them.
  func checkCanFit(_ texts: some Collection<String>, within tokenBudget: Int) throws(RequestError) {
    let least = texts.reduce(0) { $0 + tokenizer.leastTokenCount($1) }
    guard least > tokenBudget else { return }
    let byteCount = texts.reduce(0) { $0 + $1.utf8.count }
    throw RequestError(
      .contextLengthExceeded, .prompt,
      found:
        "the prompt's \(byteCount) bytes take at least \(least) tokens, which leaves none of \(tokenBudget) for an answer",
      remedy: "shorten it")
  }

  func prompt(
    for messages: [ChatMessage], _ settings: ChatSettings, _ params: SamplingParams, cut: HistoryCut
  ) throws(RequestError) -> (ChatPrompter, ChatPrompt) {
    let prompter = try prompter()
    var settings = settings
    settings.historyLength = settings.historyLength ?? historyLength
    // What may not be cut here is truncated as a whole, where the request says so.
    let isUnbounded = cut == .refused && params.truncatePromptTokens != nil
    let budget = ChatFormatter.tokenBudget(
      historyTokenBudget: historyTokenBudget ?? (cut == .allowed ? modelHistoryTokenBudget : nil),
      modelLength: limits.maxModelLen,
      maxTokens: params.maxTokens ?? limits.maxModelLen)
    if prompter.writesAllTexts {
      switch cut {
      case .refused where isUnbounded: break
      case .refused:
        let kept = MessageRounds(messages).newest(settings.historyLength)
        try checkCanFit(kept.map(\.content), within: budget)
      case .allowed: try checkCanFit(messages.filter { $0.role == .system }.map(\.content), within: budget)
      }
    }
    do throws(ChatError) {
      return (
        prompter,
        try prompter.prompt(
          for: messages, settings, tokenBudget: isUnbounded ? nil : budget, cut: cut)
      )
    } catch {
      throw RequestError(messages: error)
    }
  }
}
