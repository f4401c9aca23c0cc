import QuireRequests

/// Fits one conversation into a token budget by rendering it with fewer rounds.
struct TemplateBudget {
  private let formatter: TemplatedFormatter
  private let input: TemplateInput
  private let rounds: MessageRounds

  init(formatter: TemplatedFormatter, input: TemplateInput, messages: [ChatMessage]) {
    self.formatter = formatter
    self.input = input
    rounds = MessageRounds(messages)
  }

  private var messages: [ChatMessage] { rounds.messages }
  private var roundCount: Int { rounds.count }
  private func conversation(keeping count: Int) -> [ChatMessage] { rounds.newest(count) }

  /// A prompt that is rendered and, where it was short enough to be worth it, encoded.
  private enum Attempt {
    case encoded(ChatPrompt)
    case tooLong(tokenCount: Int, isLeast: Bool)
  }

  private func attempt(
    _ messages: [ChatMessage], kept: Int, userTokensCut: Int = 0, within tokenBudget: Int?
  ) throws(ChatError) -> Attempt {
    let rendered = try formatter.template.render(messages, input)
    if let tokenBudget {
      let least = formatter.encoding.leastTokenCount(rendered.text)
      if least > tokenBudget { return .tooLong(tokenCount: least, isLeast: true) }
    }
    let ids = formatter.tokenIDs(rendered)
    if let tokenBudget, ids.count > tokenBudget { return .tooLong(tokenCount: ids.count, isLeast: false) }
    let history = HistoryReport(
      roundsKept: kept, roundsDropped: roundCount - kept, userTokensCut: userTokensCut)
    return .encoded(ChatPrompt(tokenIDs: ids, text: rendered.text, history: history))
  }

  /// The prompt with every round.
  func wholePrompt(within tokenBudget: Int? = nil) throws(ChatError) -> ChatPrompt {
    try TextBound.check(TextBound.byteCount(of: messages))
    switch try attempt(messages, kept: roundCount, within: tokenBudget) {
    case .encoded(let prompt): return prompt
    case .tooLong(let tokenCount, let isLeast):
      throw .promptTooLong(tokenCount: tokenCount, tokenBudget: tokenBudget ?? 0, isLeast: isLeast)
    }
  }

  private func prompt(keeping rounds: Int, within tokenBudget: Int) throws(ChatError) -> ChatPrompt? {
    let conversation = conversation(keeping: rounds)
    let byteCount = TextBound.byteCount(of: conversation)
    // The latest turn has to be there.
    if rounds == 0 { try TextBound.check(byteCount) }
    guard byteCount <= TextBound.byteCount else { return nil }
    switch try attempt(conversation, kept: rounds, within: tokenBudget) {
    case .encoded(let prompt): return prompt
    case .tooLong: return nil
    }
  }

  /// Texts of up to so many bytes a token of the budget are rendered whole at once, since they may well fit.
  private static let likelyBytesPerToken = 8

  /// The prompt with as many of the newest rounds as fit, or with the latest user turn cut where none does.
  func prompt(within tokenBudget: Int) throws(ChatError) -> ChatPrompt {
    let byteCount = messages.reduce(0) { $0 + $1.content.utf8.count }
    if byteCount / Self.likelyBytesPerToken <= tokenBudget,
      let whole = try prompt(keeping: roundCount, within: tokenBudget)
    {
      return whole
    }
    guard var best = try prompt(keeping: 0, within: tokenBudget) else {
      return try cutPrompt(within: tokenBudget)
    }
    // More and more rounds, so that old ones beyond the budget are hardly looked at; then the exact number between.
    var (fitting, tooMany) = (0, roundCount + 1)
    var next = 1
    while next < tooMany {
      if let prompt = try prompt(keeping: next, within: tokenBudget) {
        (best, fitting) = (prompt, next)
        next = min(2 * next, roundCount)
        if fitting == roundCount { return best }
      } else {
        tooMany = next
      }
    }
    while fitting + 1 < tooMany {
      let middle = (fitting + tooMany) / 2
      if let prompt = try prompt(keeping: middle, within: tokenBudget) {
        (best, fitting) = (prompt, middle)
      } else {
        tooMany = middle
      }
    }
    return best
  }

  /// The prompt without earlier rounds, its latest user turn cut to the longest beginning that fits and holds at least
  /// one token.
  private func cutPrompt(within tokenBudget: Int) throws(ChatError) -> ChatPrompt {
    let latest = conversation(keeping: 0)
    guard let place = latest.indices.dropFirst(rounds.leadingCount).first(where: { latest[$0].role == .user })
    else {
      return try wholePrompt(within: tokenBudget)
    }
    let content = latest[place].content
    func attempt(_ text: String, cut: Int, within budget: Int?) throws(ChatError) -> ChatPrompt? {
      var shortened = latest
      shortened[place].content = text
      guard
        case .encoded(let prompt) = try self.attempt(
          shortened, kept: 0, userTokensCut: cut, within: budget)
      else { return nil }
      return prompt
    }
    let ids = formatter.encoding.encodePlain(content, beginsText: false)
    let prefixes = TextPrefixes(content, ids, formatter.encoding)
    let fixedTokenCount = try attempt("", cut: ids.count, within: nil)?.tokenIDs.count ?? 0
    func shortened(to tokenCount: Int) throws(ChatError) -> ChatPrompt? {
      guard let text = prefixes.text(tokenCount: tokenCount) else { return nil }
      return try attempt(text, cut: ids.count - tokenCount, within: tokenBudget)
    }
    // A turn's text joins the markers' text around it and may take a few tokens fewer there than alone.
    let most = min(ids.count - 1, max(tokenBudget - fixedTokenCount, 0) + 4)
    var (low, high) = (0, most + 1)
    var best: ChatPrompt?
    for tokenCount in stride(from: most, to: max(most - 16, 0), by: -1) {
      high = tokenCount
      best = try shortened(to: tokenCount)
      if best != nil { break }
    }
    // A template that writes the turn more than once leaves fewer tokens than that.
    while best == nil || low > 0, low + 1 < high {
      let middle = (low + high) / 2
      var tokenCount = middle
      while tokenCount > low, prefixes.text(tokenCount: tokenCount) == nil { tokenCount -= 1 }
      if tokenCount > low, let prompt = try shortened(to: tokenCount) {
        (best, low) = (prompt, middle)
      } else {
        high = middle
      }
    }
    guard let best else {
      throw .fixedTextTooLong(fixedTokenCount: fixedTokenCount, tokenBudget: tokenBudget)
    }
    return best
  }
}
