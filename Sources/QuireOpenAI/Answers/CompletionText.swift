import QuireJSON
import QuireRequests
import QuireTokenizers

/// What a completion shows: its text and log-probabilities, with those of the prompt before them under `echo`.
struct CompletionText {
  /// The text of the answer so far.
  private(set) var text = ""
  /// One a token; nil where the body asks for no log-probabilities.
  private var tokens: [Token]?

  private struct Token {
    /// Place of its text, in Unicode scalars from the beginning of `text`.
    let offset: Int
    let id: Int32
    /// Nil for the first token of a prompt.
    let entries: PositionLogprobs?
  }

  init(
    _ completion: CompletionOutput, _ output: RequestOutput, _ echo: Echo, skipsSpecialTokens: Bool,
    addsSpecialTokens: Bool = true,
    _ tokenizer: Tokenizer
  ) {
    tokens = completion.logprobs == nil ? nil : []
    if echo.echoesPrompt {
      let ids = output.promptTokenIDs
      // What the tokenizer put before the prompt is none of its text.
      let added = addsSpecialTokens && tokenizer.addsBOS && ids.first == tokenizer.bosTokenID ? 1 : 0
      text = tokenizer.decode(ids[added...], skipSpecialTokens: false)
      if let positions = output.promptLogprobs {
        append(
          zip(ids, positions), from: 0, untold: added, beginsText: true, skipSpecialTokens: false, tokenizer)
      }
      if echo.showsPromptAlone { return }
    }
    let start = text.unicodeScalars.count
    text += completion.text
    append(
      zip(completion.tokenIDs, completion.logprobs ?? []), from: start, untold: 0,
      beginsText: false, skipSpecialTokens: skipsSpecialTokens, tokenizer)
  }

  /// - Parameters:
  ///   - untold: how many of the first tokens have no text.
  ///   - beginsText: whether the positions are those of the prompt, which no text stands before.
  private mutating func append(
    _ positions: some Swift.Sequence<(Int32, PositionLogprobs?)>, from start: Int, untold: Int,
    beginsText: Bool,
    skipSpecialTokens: Bool, _ tokenizer: Tokenizer
  ) {
    guard tokens != nil else { return }
    var detokenizer = IncrementalDetokenizer(
      tokenizer: tokenizer, skipSpecialTokens: skipSpecialTokens, beginsText: beginsText)
    var offset = start
    for (index, (id, entries)) in positions.enumerated() {
      tokens?.append(Token(offset: offset, id: id, entries: entries))
      if index >= untold { offset += detokenizer.append(id).unicodeScalars.count }
    }
  }

  /// OpenAI's `logprobs` of completions, or null.
  func writeLogprobs(to line: inout JSONWriter, _ tokenizer: Tokenizer) {
    guard let tokens else { return line.null() }
    line.beginObject()
    line.key("text_offset")
    line.array(tokens) { $0.integer($1.offset) }
    line.key("token_logprobs")
    line.array(tokens) { line, token in
      if let entries = token.entries { line.number(entries[0].logprob) } else { line.null() }
    }
    line.key("tokens")
    line.array(tokens) { $0.string($1.entries?[0].name ?? tokenizer.tokenText($1.id)) }
    line.key("top_logprobs")
    line.array(tokens) { line, token in
      guard let entries = token.entries else { return line.null() }
      line.beginObject()
      var names: Set<[UInt8]> = []
      // Two tokens may be spelt alike, as parts of characters are: the first keeps the name.
      for entry in entries where names.insert(Array(entry.name.utf8)).inserted {
        line.textKey(entry.name)
        line.number(entry.logprob)
      }
      line.endObject()
    }
    line.endObject()
  }
}
