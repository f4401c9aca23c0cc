package import QuireRequests

/// Makes the prompts of conversations for one model: by its own chat template, or by hand where that has been shown to
/// write the same.
package final class ChatPrompter: Sendable {
  /// Which way plain conversations take, and why.
  package let way: ChatWay
  /// The ids that end an answer and act as EOS, the usual end of turn first.
  package let stopTokenIDs: [Int32]
  /// The tokens between which the model thinks; nil where template or vocabulary have none.
  package let thoughtMarkers: ThoughtMarkers?
  /// How the model writes calls of tools.
  package let toolCallStyle: ToolCallStyle

  /// Writes by hand; nil where the template alone is followed.
  private let written: ChatFormatter?
  /// Runs the template; nil where a format that is written by hand was chosen by its name.
  private let templated: TemplatedFormatter?
  /// Runs the template for conversations with tools, where the model has one of its own for them.
  private let templatedForTools: TemplatedFormatter?

  /// Chooses the way for a model.
  ///
  /// - Parameter option: `auto`, a format's name, the name of one of the model's templates, or the text of a template.
  /// - Throws: `ChatError` where there is no such template, or none that can be read.
  package convenience init(option: String, model: ChatModel) throws(ChatError) {
    if let format = ChatFormat(rawValue: option) {
      try self.init(format, model)
      return
    }
    try self.init(
      source: try model.source(option), toolsSource: option == "auto" ? model.toolsTemplate : nil, model)
  }

  /// The way for a template that was given as a text.
  package convenience init(source: String, model: ChatModel) throws(ChatError) {
    try self.init(source: source, toolsSource: nil, model)
  }

  private convenience init(source: String, toolsSource: String?, _ model: ChatModel) throws(ChatError) {
    let style = try? ChatStyle.recognize(template: source)
    let templated = try model.templated(source, style?.format)
    let proof = TemplateProof(style, templated)
    try self.init(
      way: proof.way, written: proof.written, templated: templated,
      templatedForTools: toolsSource.map { ($0, style?.format) }, model)
  }

  /// A format that was chosen by its name, with the details of the model's template where that is of this format. The
  /// template itself is run for what cannot be written by hand, where both write the same.
  private convenience init(_ format: ChatFormat, _ model: ChatModel) throws(ChatError) {
    let style = try ChatStyle.resolve(option: format.rawValue, template: model.defaultTemplate)
    let written = try ChatFormatter(style: style, encoding: model.encoding)
    var templated: TemplatedFormatter?
    if let source = model.defaultTemplate, let own = try? model.templated(source, format),
      TemplateProof(style, own).written != nil
    {
      templated = own
    }
    try self.init(
      way: .written(format), written: written, templated: templated, templatedForTools: nil, model)
  }

  private init(
    way: ChatWay, written: ChatFormatter?, templated: TemplatedFormatter?,
    templatedForTools: (source: String, format: ChatFormat?)?, _ model: ChatModel
  ) throws(ChatError) {
    self.way = way
    self.written = written
    self.templated = templated
    self.templatedForTools =
      if let tools = templatedForTools { try model.templated(tools.source, tools.format) } else { nil }
    stopTokenIDs = written?.stopTokenIDs ?? templated?.stopTokens.map(\.id) ?? []
    let source = (self.templatedForTools ?? templated)?.template.source ?? ""
    toolCallStyle = ToolCallStyle(template: source) { text in
      model.encoding.specialTokenID(text).map { model.encoding.isSpecial($0) } ?? false
    }
    thoughtMarkers = templated.flatMap { model.encoding.thoughtMarkers(in: $0.template.source) }
  }

  /// The prompt for `messages`, of at most `tokenBudget` tokens (nil: no limit).
  ///
  /// What does not fit is cut as `ChatFormatter.prompt` says, whichever way is taken: whole rounds, oldest first, and the
  /// latest user turn where no round is left. With `cut` `.refused` it is an error instead.
  ///
  /// Rounds beyond the settings' `historyLength` are dropped first, whatever `cut` says.
  ///
  /// Throws `ChatError` for messages that the format or the template refuses, and for what does not fit.
  package func prompt(
    for messages: [ChatMessage], _ settings: ChatSettings = ChatSettings(), tokenBudget: Int?, cut: HistoryCut
  ) throws(ChatError) -> ChatPrompt {
    var kept = messages
    var droppedRoundCount = settings.droppedRoundCount
    if let length = settings.historyLength {
      guard length >= 0 else {
        throw .invalidInput(
          name: "history_length", found: String(length), expected: "an integer of at least 0")
      }
      let rounds = MessageRounds(messages)
      kept = rounds.newest(length)
      droppedRoundCount += max(rounds.count - length, 0)
    }
    let prompt = try prompt(of: kept, settings, tokenBudget: tokenBudget, cut: cut)
    guard droppedRoundCount > 0 else { return prompt }
    var history = prompt.history
    history.roundsDropped += droppedRoundCount
    return ChatPrompt(tokenIDs: prompt.tokenIDs, text: prompt.text, history: history)
  }

  private func prompt(
    of messages: [ChatMessage], _ settings: ChatSettings, tokenBudget: Int?, cut: HistoryCut
  ) throws(ChatError) -> ChatPrompt {
    guard !messages.isEmpty else { throw .noMessages }
    let input = try TemplateInput(settings)
    if let written, isWritten(messages, settings) {
      return try written.prompt(for: messages, tokenBudget: tokenBudget, cut: cut)
    }
    let runner = settings.tools == nil ? templated : templatedForTools ?? templated
    guard let runner else { return try writtenAlone(messages, settings, tokenBudget: tokenBudget, cut: cut) }
    return try runner.prompt(for: messages, input, tokenBudget: tokenBudget, cut: cut)
  }

  /// Whether a conversation of this kind is written by hand: what nobody has compared, the template writes.
  private func isWritten(_ messages: [ChatMessage], _ settings: ChatSettings) -> Bool {
    guard let written, let templated else { return false }
    guard settings.tools == nil, settings.documents == nil, settings.addsGenerationPrompt,
      !settings.continuesFinalMessage,
      !settings.templateArguments.keys.contains(where: { templated.template.reads($0) }),
      messages.allSatisfy({ $0.name == nil && $0.reasoning == nil && $0.fields.isEmpty })
    else { return false }
    return written.takes(messages)
  }

  /// The prompt by hand where no template could help; refuses what only one could do.
  private func writtenAlone(
    _ messages: [ChatMessage], _ settings: ChatSettings, tokenBudget: Int?, cut: HistoryCut
  ) throws(ChatError) -> ChatPrompt {
    guard let written else { throw .missingTemplate }
    let needs = [
      ("tools", settings.tools != nil), ("documents", settings.documents != nil),
      ("messages to be continued", settings.continuesFinalMessage),
      ("prompts without the beginning of an answer", !settings.addsGenerationPrompt),
    ]
    if let need = needs.first(where: \.1) {
      throw .needsTemplate(format: written.style.format, what: need.0)
    }
    return try written.prompt(for: messages, tokenBudget: tokenBudget, cut: cut)
  }

  /// Whether every text of a conversation stands whole in its prompt, so that a bound on their lengths can be had before
  /// any of it is made. Templates may leave some out, as old thoughts.
  package var writesAllTexts: Bool {
    if case .template = way { false } else { written?.style.dropsReasoning == false }
  }
}

extension ChatTokenEncoding {
  /// The markers of thoughts that stand in a template and are tokens of the vocabulary.
  func thoughtMarkers(in source: String) -> ThoughtMarkers? {
    for (start, end) in ThoughtMarkers.knownTexts {
      guard source.utf8.firstOffset(of: start.utf8) != nil || source.utf8.firstOffset(of: end.utf8) != nil,
        let startID = specialTokenID(start), let endID = specialTokenID(end)
      else { continue }
      return ThoughtMarkers(startTokenID: startID, endTokenID: endID, startText: start, endText: end)
    }
    return nil
  }
}
