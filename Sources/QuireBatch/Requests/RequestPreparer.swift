import QuireChat
import QuireRequests
import QuireTokenizers

/// Prepares requests for one model: encodes prompts, settles lengths, gathers what ends an answer.
package struct RequestPreparer: RequestPreparing {
  /// How prompts are prepared, apart from what lines say.
  package struct Options: Equatable, Sendable {
    /// Whether control tokens written in raw prompts count as such (`--no-special-tokens` turns it off).
    package var recognizesSpecialTokens = true
    /// Most tokens of a chat prompt; nil leaves it to the model's length.
    package var historyTokenBudget: Int?

    package init(recognizesSpecialTokens: Bool = true, historyTokenBudget: Int? = nil) {
      self.recognizesSpecialTokens = recognizesSpecialTokens
      self.historyTokenBudget = historyTokenBudget
    }
  }

  /// Answers of lines for which nothing states a length, in tokens; completions as on OpenAI's servers.
  static let lastMaxTokens = 1024
  static let lastCompletionMaxTokens = 16

  let model: BatchModel
  private let options: Options

  package init(model: BatchModel, options: Options = Options()) {
    self.model = model
    self.options = options
  }

  package func prepare(
    _ line: LineRequest, form: LineForm, requestID: UInt64, randomKey: UInt64
  ) throws(LineError) -> PreparedRequest {
    var params = line.sampling.params
    params.maxTokens = maxTokens(line.sampling, form)
    do throws(SamplingParamsError) {
      try params.validate(vocabularySize: model.vocabularySize)
      try params.checkSupported()
    } catch {
      let code: LineError.Code = error.kind == .unsupported ? .unsupported : .invalidValue
      throw LineError(code, error.description, param: error.field)
    }
    let (promptTokenIDs, history) = try encode(line.prompt, form, maxTokens: params.maxTokens)
    let room = model.maxModelLength - promptTokenIDs.count
    guard room > 0 else {
      throw LineError(
        .contextLengthExceeded,
        "the prompt takes \(promptTokenIDs.count) tokens, which leaves no room for an answer in the model's length "
          + "of \(model.maxModelLength); shorten it")
    }
    params.maxTokens = min(params.maxTokens ?? room, room)
    params.minTokens = min(params.minTokens, params.maxTokens!)
    var eosTokenIDs = model.eosTokenIDs
    if case .messages = line.prompt, let formatter = model.chatFormatter {
      let stops = formatter.stopTokenIDs
      eosTokenIDs = stops + eosTokenIDs.filter { !stops.contains($0) }
    }
    return PreparedRequest(
      request: GenerationRequest(
        id: requestID, promptTokenIDs: promptTokenIDs, params: params, eosTokenIDs: eosTokenIDs,
        randomKey: randomKey),
      history: history)
  }

  /// What the line says, else the job's default, else 1024 or, for a completion, 16; nil for the model's length.
  private func maxTokens(_ sampling: LineSampling, _ form: LineForm) -> Int? {
    switch sampling.length {
    case .atMost(let count): return count
    case .modelLength: return nil
    case .unstated:
      if let count = sampling.params.maxTokens { return count }
      if case .openAICompletion = form { return Self.lastCompletionMaxTokens }
      return Self.lastMaxTokens
    }
  }

  private func encode(
    _ prompt: LinePrompt, _ form: LineForm, maxTokens: Int?
  ) throws(LineError) -> ([Int32], HistoryReport?) {
    switch prompt {
    case .text(let text):
      try checkFits([text], within: model.maxModelLength)
      let ids = model.tokenizer.encode(
        text, recognizeSpecialTokens: options.recognizesSpecialTokens, addSpecialTokens: true)
      guard !ids.isEmpty else {
        throw LineError(.invalidValue, "prompt: found no text, expected at least one token", param: "prompt")
      }
      return (ids, nil)
    case .tokenIDs(let ids):
      try check(ids)
      return (ids, nil)
    case .messages(let messages):
      let prompt = try chatPrompt(messages, form, maxTokens: maxTokens)
      return (prompt.tokenIDs, prompt.history)
    }
  }

  private func check(_ ids: [Int32]) throws(LineError) {
    guard !ids.isEmpty else {
      throw LineError(
        .invalidValue, "prompt_token_ids: found an empty list, expected at least one token id",
        param: "prompt_token_ids")
    }
    if let place = ids.firstIndex(where: { $0 < 0 || Int($0) >= model.vocabularySize }) {
      throw LineError(
        .invalidValue,
        "prompt_token_ids[\(place)]: found \(ids[place]), expected an id of the vocabulary, 0..<\(model.vocabularySize)",
        param: "prompt_token_ids")
    }
  }

  private func chatPrompt(
    _ messages: [ChatMessage], _ form: LineForm, maxTokens: Int?
  ) throws(LineError) -> ChatPrompt {
    guard let formatter = model.chatFormatter else {
      throw LineError(
        .noChatFormat, model.chatFormatError ?? "the model has no chat format; name one with --chat-template")
    }
    // An OpenAI answer has no place to say what was dropped, so nothing is unless the user asked for it.
    let cut: HistoryCut =
      if case .openAIChat = form, options.historyTokenBudget == nil { .refused } else { .allowed }
    let budget = ChatFormatter.tokenBudget(
      historyTokenBudget: options.historyTokenBudget, modelLength: model.maxModelLength,
      maxTokens: maxTokens ?? model.maxModelLength)
    if cut == .refused {
      try checkFits(messages.map(\.content), within: budget)
    } else if let system = messages.first, system.role == .system {
      try checkFits([system.content], within: budget)
    }
    do throws(ChatError) {
      return try formatter.prompt(for: messages, tokenBudget: budget, cut: cut)
    } catch {
      switch error {
      case .promptTooLong, .noRoomForUserTurn:
        throw LineError(.contextLengthExceeded, error.description, param: "messages")
      default: throw LineError(.invalidMessages, error.description, param: "messages")
      }
    }
  }
}
