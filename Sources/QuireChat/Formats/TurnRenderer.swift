/// Writes the turns of one chat format as pieces.
protocol TurnRenderer: Sendable {
  /// What stands before all turns: BOS, and the system turn where the format has one of its own.
  func opening(system: String?) -> [PromptPiece]
  /// A user turn; `system` is the system text to fold into it, or nil.
  func user(_ content: String, system: String?) -> [PromptPiece]
  /// An earlier answer.
  func assistant(_ content: String) -> [PromptPiece]
  /// What stands after the last user turn, so that the model answers.
  var generationPrompt: [PromptPiece] { get }
  /// The control tokens that end an answer, the usual one first.
  var stopTokens: [(id: Int32, text: String)] { get }
}

extension TurnRenderer {
  /// The control tokens that stand in a prompt with every kind of turn.
  var controlTokens: [(id: Int32, text: String)] {
    let pieces = opening(system: "") + user("", system: "") + assistant("") + generationPrompt
    return pieces.compactMap { if case .control(let id, let text) = $0 { (id, text) } else { nil } }
  }
}

extension ChatStyle {
  /// The writer of this style's turns with the control tokens of `encoding`.
  ///
  /// Throws `ChatError.missingControlToken` when the tokenizer lacks one that the format needs.
  func renderer(_ encoding: any ChatTokenEncoding) throws(ChatError) -> any TurnRenderer {
    let tokens = ControlTokens(format: format, encoding: encoding)
    return switch format {
    case .chatml: try ChatMLRenderer(style: self, tokens: tokens)
    case .llama3: try Llama3Renderer(style: self, tokens: tokens)
    case .mistral: try MistralRenderer(style: self, tokens: tokens)
    case .gemma: try GemmaRenderer(style: self, tokens: tokens)
    }
  }
}

/// Looks up the control tokens of a format in a tokenizer.
struct ControlTokens {
  let format: ChatFormat
  let encoding: any ChatTokenEncoding

  /// The control token of that text, which the format cannot do without.
  func required(_ text: String) throws(ChatError) -> PromptPiece {
    guard let id = encoding.specialTokenID(text) else {
      throw ChatError.missingControlToken(format: format, token: text)
    }
    return .control(id: id, text: text)
  }

  /// `literal` with `marker` in it as a control token where the tokenizer has it, else all of it text.
  func pieces(of literal: String, marker: String) -> [PromptPiece] {
    guard let id = encoding.specialTokenID(marker), let offset = literal.utf8.firstOffset(of: marker.utf8)
    else {
      return [.text(literal)]
    }
    let before = String(Substring(literal.utf8.prefix(offset)))
    let after = String(Substring(literal.utf8.dropFirst(offset + marker.utf8.count)))
    return [.text(before), .control(id: id, text: marker), .text(after)]
  }

  /// The tokenizer's BOS, else the control token of that text.
  func bos(orElse text: String) throws(ChatError) -> PromptPiece {
    guard let id = encoding.bosTokenID else { return try required(text) }
    return .control(id: id, text: encoding.tokenText(id))
  }

  /// The tokenizer's EOS, else the control token of that text.
  func eos(orElse text: String) throws(ChatError) -> PromptPiece {
    guard let id = encoding.eosTokenID else { return try required(text) }
    return .control(id: id, text: encoding.tokenText(id))
  }

  /// The texts among `texts` that are control tokens, in order, and EOS, each once.
  func stopTokens(_ texts: [String]) -> [(id: Int32, text: String)] {
    var stops: [(id: Int32, text: String)] = []
    for text in texts {
      if let id = encoding.specialTokenID(text), !stops.contains(where: { $0.id == id }) {
        stops.append((id, text))
      }
    }
    if let id = encoding.eosTokenID, !stops.contains(where: { $0.id == id }) {
      stops.append((id, encoding.tokenText(id)))
    }
    return stops
  }
}
