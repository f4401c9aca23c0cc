import QuireJSON
import QuireRequests
import QuireTokenizers

/// What a completion shows: its text and log-probabilities, with those of the prompt before them under `echo`.
struct CompletionText {
  /// The text of the answer so far.
  private(set) var text = ""
  /// One a token; nil where the body asks for no log-probabilities.
  private var tokens: [Token]?

  /// A token with its log-probabilities.
  struct Token {
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
    let ids = output.promptTokenIDs
    if let prompt = Self.prompt(ids, echo, addsSpecialTokens: addsSpecialTokens, tokenizer) {
      text = prompt.text
      if let positions = output.promptLogprobs {
        append(
          zip(ids, positions), from: 0, untold: prompt.addedCount, beginsText: true, skipSpecialTokens: false,
          tokenizer)
      }
      if echo.showsPromptAlone { return }
    }
    let start = text.unicodeScalars.count
    text += completion.text
    append(
      zip(completion.tokenIDs, completion.logprobs ?? []), from: start, untold: 0,
      beginsText: false, skipSpecialTokens: skipsSpecialTokens, tokenizer)
  }

  /// The text of an echoed prompt, and how many tokens before it have none: what the tokenizer put there is no part of it. Nil where
  /// nothing is echoed.
  static func prompt(
    _ ids: [Int32], _ echo: Echo, addsSpecialTokens: Bool, _ tokenizer: Tokenizer
  ) -> (text: String, addedCount: Int)? {
    guard echo.echoesPrompt else { return nil }
    let added = addsSpecialTokens && tokenizer.addsBOS && ids.first == tokenizer.bosTokenID ? 1 : 0
    return (tokenizer.decode(ids[added...], skipSpecialTokens: false), added)
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
    var offsets = TokenOffsets(
      IncrementalDetokenizer(
        tokenizer: tokenizer, skipSpecialTokens: skipSpecialTokens, beginsText: beginsText), from: start)
    for (index, (id, entries)) in positions.enumerated() {
      let offset = index < untold ? start : offsets.next(id)
      tokens?.append(Token(offset: offset, id: id, entries: entries))
    }
  }

  /// OpenAI's `logprobs` of completions, or null.
  func writeLogprobs(to line: inout JSONWriter, _ tokenizer: Tokenizer, namesByID: Bool) {
    guard let tokens else { return line.null() }
    line.completionLogprobs(tokens, tokenizer, namesByID: namesByID)
  }
}

/// Where the tokens of a text begin in it, one after the other.
struct TokenOffsets: Sendable {
  private var detokenizer: IncrementalDetokenizer
  private var offset: Int

  /// - Parameter start: where the first begins, in Unicode scalars.
  init(_ detokenizer: IncrementalDetokenizer, from start: Int = 0) {
    self.detokenizer = detokenizer
    offset = start
  }

  /// Where the next token begins.
  mutating func next(_ id: Int32) -> Int {
    defer { offset += detokenizer.append(id).unicodeScalars.count }
    return offset
  }
}

extension JSONWriter {
  /// OpenAI's `logprobs` of a completion's tokens.
  mutating func completionLogprobs(_ tokens: [CompletionText.Token], _ tokenizer: Tokenizer, namesByID: Bool)
  {
    func name(_ entry: TokenLogprob) -> String {
      namesByID ? TokenLogprob.name(ofID: entry.tokenID) : entry.name
    }
    object { line in
      line.key("text_offset")
      line.array(tokens) { $0.integer($1.offset) }
      line.key("token_logprobs")
      line.array(tokens) { line, token in
        if let entries = token.entries { line.number(entries[0].logprob) } else { line.null() }
      }
      line.key("tokens")
      line.array(tokens) { line, token in
        let bare = namesByID ? TokenLogprob.name(ofID: token.id) : tokenizer.tokenText(token.id)
        line.string(token.entries.map { name($0[0]) } ?? bare)
      }
      line.key("top_logprobs")
      line.array(tokens) { line, token in
        guard let entries = token.entries else { return line.null() }
        line.beginObject()
        var names: Set<[UInt8]> = []
        // Two tokens may be spelt alike, as parts of characters are: the first keeps the name.
        for entry in entries where names.insert(Array(name(entry).utf8)).inserted {
          line.textKey(name(entry))
          line.number(entry.logprob)
        }
        line.endObject()
      }
    }
  }
}
