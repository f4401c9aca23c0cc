package import QuireChat
package import QuireRequests
import QuireTokenizers

/// Requests that score texts.
extension PromptPreparer {
  /// Texts that one request scores at most.
  package static let choiceLimit = 1024

  /// Prepares a request that scores texts behind a prompt.
  ///
  /// - Parameters:
  ///   - choices: at least one, each with a token of its own.
  ///   - input: the context; what stands before an empty text is the token that begins texts, or else the one that ends
  ///     them.
  ///   - params: of those only how the prompt is encoded and what is reported.
  /// - Throws: `RequestError` that names what is wrong with the prompt or with one of the texts.
  package func prepare(
    scoring choices: [String], behind input: Prompt, _ params: SamplingParams, cut: HistoryCut = .allowed
  ) throws(RequestError) -> PreparedRequest {
    let params = try scoringParams(params)
    guard !choices.isEmpty, choices.count <= Self.choiceLimit else {
      throw RequestError(
        .invalidValue, .choice(nil), found: "a list of \(choices.count) texts",
        expected: "a list of 1 to \(Self.choiceLimit)")
    }
    for (index, choice) in choices.enumerated() { try checkLength(choice, .choice(index)) }
    var history: HistoryReport?
    var (before, isText) = ([Int32](), false)
    let encoder: ContinuationEncoder
    switch input {
    case .text(let text):
      try checkCanFit(CollectionOfOne(text), within: limits.maxModelLen, params)
      try checkLength(text, .prompt)
      encoder = ContinuationEncoder(
        text, tokenizer: tokenizer, recognizesSpecialTokens: recognizesSpecialTokens)
      (before, isText) = (params.addSpecialTokens ?? true ? tokenizer.tokensBeforeText : [], true)
    case .pieces(let pieces):
      let (text, trusted) = joined(pieces)
      try checkCanFit(CollectionOfOne(text), within: limits.maxModelLen, params)
      try checkLength(text, .prompt)
      encoder = ContinuationEncoder(
        tokenizer.encode(text, trusting: trusted, guarding: []), tokenizer: tokenizer,
        recognizesSpecialTokens: false)
      before = params.addSpecialTokens ?? true ? tokenizer.tokensBeforeText : []
    case .pooled:
      throw RequestError(
        .unsupportedValue, .prompt, found: "\(place: .prompt) is a text that is read and not answered",
        expected: "what stands before the texts that are scored")
    case .tokenIDs(let ids):
      try checkHasIDs(ids)
      encoder = ContinuationEncoder(
        ids, tokenizer: tokenizer, recognizesSpecialTokens: recognizesSpecialTokens)
    case .conversation(let messages, let settings):
      // Old rounds leave as many tokens free as the longest of them takes.
      var lengths = params
      lengths.maxTokens = choices.reduce(1) { longest, choice in
        guard tokenizer.leastTokenCount(choice) <= limits.maxModelLen else { return limits.maxModelLen }
        return max(
          longest, tokenizer.encode(choice, recognizeSpecialTokens: false, beginsText: false).count)
      }
      let prompt = try prompt(for: messages, settings, lengths, cut: cut).1
      history = prompt.history
      encoder = ContinuationEncoder(prompt.tokenIDs, tokenizer: tokenizer, recognizesSpecialTokens: false)
      before = params.addSpecialTokens == true ? tokenizer.tokensBeforeText : []
    }
    var context = before + encoder.context
    if context.isEmpty { context = try tokensBeforeScoredText() }
    if let limit = params.truncatePromptTokens { context = context.suffix(limit) }
    let room = limits.maxModelLen - context.count
    guard room >= 0 else {
      throw RequestError(
        .contextLengthExceeded, .prompt,
        found:
          "the prompt takes \(context.count) tokens, more than the context length of \(limits.maxModelLen)",
        remedy: "shorten it")
    }
    var continuations: [[Int32]] = []
    for (index, choice) in choices.enumerated() {
      func check(_ count: Int) throws(RequestError) {
        // Nothing follows the last token, which is not computed.
        guard count > room + 1 else { return }
        throw RequestError(
          .contextLengthExceeded, .choice(index),
          found:
            "\(place: .choice(index)) takes \(count) tokens or more behind a prompt of \(context.count), and together they "
            + "exceed the context length of \(limits.maxModelLen)", remedy: "shorten one of them")
      }
      // A token may stand for the last one of the prompt and more, so that there is one less.
      try check(tokenizer.leastTokenCount(choice) - 1)
      let tokens = encoder.tokens(of: choice)
      guard !tokens.isEmpty else {
        throw RequestError(
          .invalidValue, .choice(index),
          found: "\(place: .choice(index)) adds no token to the prompt", remedy: "give it a text of its own")
      }
      try check(tokens.count)
      continuations.append(tokens)
    }
    return try scored(
      context, continuations, byteCounts: choices.map(\.utf8.count), params, history: history, isText: isText)
  }

  /// Prepares the requests that score a whole text: one, or several for a text that is longer than the model's length.
  ///
  /// The windows are those of lm-evaluation-harness (`get_rolling_token_windows` in `lm_eval/utils.py`): each token is scored
  /// once. The first window begins with the tokens that the tokenizer puts before a text, or else with the token that ends
  /// one; each other one is filled up with the tokens before those that it scores, of which there is one at least.
  ///
  /// - Returns: one request a window, each with one score; the bytes of the text count in the first.
  /// - Throws: `RequestError` where the text has no tokens, or nothing begins it.
  package func prepareWindows(
    ofText text: String, _ params: SamplingParams
  ) throws(RequestError) -> [PreparedRequest] {
    let params = try scoringParams(params)
    try checkLength(text, .scoredText)
    let tokens = tokenizer.encode(text, recognizeSpecialTokens: recognizesSpecialTokens)
    guard !tokens.isEmpty else {
      throw RequestError(
        .invalidValue, .scoredText, found: "the text has no tokens", remedy: "give one that has some")
    }
    let length = limits.maxModelLen
    let first = Array(try tokensBeforeScoredText().suffix(length))
    var requests: [PreparedRequest] = []
    var start = 0
    while start < tokens.count {
      let end = min(tokens.count, start + length + (start == 0 ? 1 - first.count : 0))
      let context = start == 0 ? first : Array(tokens[max(0, end - length - 1)..<start])
      requests.append(
        try scored(
          context, [Array(tokens[start..<end])], byteCounts: [start == 0 ? text.utf8.count : 0], params,
          isText: false))
      start = end
    }
    return requests
  }

  /// What stands before a text of which the first token is scored, too.
  private func tokensBeforeScoredText() throws(RequestError) -> [Int32] {
    let before = tokenizer.tokensBeforeText
    if !before.isEmpty { return before }
    guard let id = tokenizer.bosTokenID ?? tokenizer.eosTokenID ?? eosTokenIDs.first else {
      throw RequestError(
        .unsupportedValue, .prompt,
        found:
          "the model has no token that begins or ends a text, so that nothing says how likely a first token is",
        remedy: "score texts behind a prompt")
    }
    return [id]
  }

  /// The parameters that change a score or its report, and no others, checked.
  private func scoringParams(_ params: SamplingParams) throws(RequestError) -> SamplingParams {
    let scoring = SamplingParams(
      temperature: 0, maxTokens: nil, logprobs: params.logprobs, detokenize: params.detokenize,
      truncatePromptTokens: params.truncatePromptTokens, addSpecialTokens: params.addSpecialTokens)
    try limits.check(scoring)
    return scoring
  }

  private func checkCanFit(
    _ texts: some Collection<String>, within tokenBudget: Int, _ params: SamplingParams
  ) throws(RequestError) {
    if params.truncatePromptTokens == nil { try checkCanFit(texts, within: tokenBudget) }
  }
}
