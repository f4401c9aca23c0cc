package import QuireRequests

/// Turns conversations into prompts of one chat format, ids and text both, within a token budget.
///
/// Nothing is kept from one call to the next: a prompt depends on the style, the tokenizer and the arguments only.
package struct ChatFormatter: Sendable {
  /// The format and the details that are followed.
  package let style: ChatStyle
  let encoding: any ChatTokenEncoding
  let renderer: any TurnRenderer
  let stopTokens: [(id: Int32, text: String)]

  /// A formatter of `style` over `encoding`.
  ///
  /// Throws `ChatError.missingControlToken` when the tokenizer lacks a control token of the format.
  package init(style: ChatStyle, encoding: any ChatTokenEncoding) throws(ChatError) {
    self.style = style
    renderer = try style.renderer(encoding)
    stopTokens = renderer.stopTokens
    self.encoding = GuardedEncoding.guarding(encoding, controlTokens: renderer.controlTokens + stopTokens)
  }

  /// The ids that end an answer and act as EOS, the format's usual end of turn first.
  package var stopTokenIDs: [Int32] { stopTokens.map(\.id) }

  /// The tokens that a prompt may take: the smaller of `historyTokenBudget` (nil: no limit of its own) and what
  /// `modelLength` leaves beside the answer, `modelLength - min(maxTokens, modelLength / 2)`.
  ///
  /// All in tokens, none negative. A pure function: the budget is the same at every call.
  package static func tokenBudget(historyTokenBudget: Int?, modelLength: Int, maxTokens: Int) -> Int {
    precondition(modelLength >= 0 && maxTokens >= 0, "lengths are not negative")
    let beside = modelLength - min(maxTokens, modelLength / 2)
    return min(historyTokenBudget ?? beside, beside)
  }

  /// The prompt for `messages`, of at most `tokenBudget` tokens (nil: no limit).
  ///
  /// The system text (the style's default when `messages` bring none) and the latest user turn come first: where they
  /// do not fit, the user turn's tail is cut at a token boundary that leaves valid text, and no earlier round stays.
  /// Then earlier rounds enter, newest first and whole, while the sum fits; the first that does not ends it. With `cut`
  /// `.refused` all of that is an error instead.
  ///
  /// Throws `ChatError` for messages out of order, a system text that the model's template refuses, and what does not
  /// fit. Complexity: linear in the text that enters the prompt and the latest user turn; older rounds are not encoded.
  package func prompt(
    for messages: [ChatMessage], tokenBudget: Int?, cut: HistoryCut
  ) throws(ChatError) -> ChatPrompt {
    let conversation = try Conversation(messages, style: style)
    let system = prepare(system: conversation.system ?? style.defaultSystem)
    if system != nil && style.systemPlacement == .refused {
      throw ChatError.systemNotSupported(format: style.format)
    }
    let assembly = PromptAssembly(formatter: self, conversation: conversation, system: system)
    let isWhole = tokenBudget == nil || cut == .refused
    try TextBound.check(
      isWhole
        ? TextBound.byteCount(of: messages)
        : conversation.latest.utf8.count + (conversation.system?.utf8.count ?? 0))
    guard let tokenBudget else { return assembly.wholePrompt() }
    switch cut {
    case .allowed: return try assembly.prompt(within: tokenBudget)
    case .refused:
      let whole = assembly.wholePrompt()
      guard whole.tokenIDs.count <= tokenBudget else {
        throw ChatError.promptTooLong(tokenCount: whole.tokenIDs.count, tokenBudget: tokenBudget)
      }
      return whole
    }
  }

  /// Whether the format has a place for each of `messages`, apart from their lengths.
  func takes(_ messages: [ChatMessage]) -> Bool {
    guard let conversation = try? Conversation(messages, style: style) else { return false }
    return style.systemPlacement != .refused || (conversation.system ?? style.defaultSystem) == nil
  }

  private func prepare(system: String?) -> String? {
    guard let system, style.trimsContent, style.systemPlacement == .ownTurn else { return system }
    return system.trimmedLikeJinja()
  }

  /// A message's text as the template writes it: an old answer without the stop markers at its end.
  func prepare(_ message: ChatMessage) -> String {
    var content = message.content
    if message.role == .assistant {
      content = content.removingTrailingMarkers(stopTokens.map(\.text))
      if style.dropsReasoning { content = content.removingReasoning() }
    }
    return style.trimsContent ? content.trimmedLikeJinja() : content
  }
}
