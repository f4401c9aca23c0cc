import QuireRequests

/// Makes prompts by running a chat template, within a token budget: whole rounds are dropped, oldest first, and what is
/// left is rendered as if the shorter conversation had been asked.
struct TemplatedFormatter: Sendable {
  let template: ChatTemplate
  let encoding: any ChatTokenEncoding
  /// The tokens that end an answer, the usual one first; old answers lose their texts at the end.
  let stopTokens: [(id: Int32, text: String)]
  /// Tokens that messages never become though they are not special: those that the template writes.
  private let guardedIDs: Set<Int32>

  /// A formatter of `template` over a tokenizer.
  init(
    template: ChatTemplate, encoding: any ChatTokenEncoding, stopTokens: [(id: Int32, text: String)]
  ) {
    self.template = template
    self.encoding = encoding
    self.stopTokens = stopTokens
    guardedIDs = Set(encoding.addedTokenIDs(in: template.source).filter { !encoding.isSpecial($0) })
  }

  /// The prompt for `messages`, of at most `tokenBudget` tokens (nil: no limit).
  ///
  /// Throws `ChatError` for what the template refuses or fails on, and for what does not fit. Complexity: the template is
  /// run some `2 + 2·log2(rounds)` times over what is kept, and some 30 times where the latest turn is cut.
  func prompt(
    for messages: [ChatMessage], _ input: TemplateInput, tokenBudget: Int?, cut: HistoryCut
  ) throws(ChatError) -> ChatPrompt {
    let messages = messages.map { prepare($0) }
    if let unknown = messages.first(where: { !template.takes($0.role) }) {
      throw .unsupportedRole(unknown.role.rawValue, known: ChatTemplate.knownRoles)
    }
    let budget = TemplateBudget(formatter: self, input: input, messages: messages)
    guard let tokenBudget else { return try budget.wholePrompt() }
    switch cut {
    case .allowed: return try budget.prompt(within: tokenBudget)
    case .refused: return try budget.wholePrompt(within: tokenBudget)
    }
  }

  /// A message as the template is to see it: old answers without stop markers at their end, which the template writes,
  /// and instructions under the role that it has for them.
  private func prepare(_ message: ChatMessage) -> ChatMessage {
    var message = message
    if message.role == .developer, !template.writesDevelopers { message.role = .system }
    guard message.role == .assistant else { return message }
    message.content = message.content.removingTrailingMarkers(stopTokens.map(\.text))
    return message
  }

  func tokenIDs(_ prompt: TemplatePrompt) -> [Int32] { prompt.tokenIDs(encoding, guarding: guardedIDs) }

  /// The control token that the template writes after an answer: what the model ends its answers with. Nil where none
  /// stands there, or where the template refuses a plain conversation.
  func turnEndID() -> Int32? {
    let (answer, question) = ("ANSWER TO PROBE", "QUESTION AFTER PROBE")
    let messages: [ChatMessage] = [.user("QUESTION TO PROBE"), .assistant(answer), .user(question)]
    let limited = template.limited(toSteps: ChatTemplate.questionSteps)
    guard let prompt = try? limited.render(messages, TemplateInput()) else { return nil }
    let bytes = Array(prompt.text.utf8)
    guard let start = bytes.firstOffset(of: answer.utf8) else { return nil }
    let rest = start + answer.utf8.count
    guard let length = bytes[rest...].firstOffset(of: question.utf8) else { return nil }
    return tokenIDs(prompt.part(rest..<rest + length)).first {
      encoding.isSpecial($0) || guardedIDs.contains($0)
    }
  }
}
