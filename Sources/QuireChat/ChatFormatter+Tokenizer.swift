package import QuireTokenizers

extension ChatFormatter {
  /// A formatter of `style` over a model's tokenizer.
  ///
  /// Throws `ChatError.missingControlToken` when the tokenizer lacks a control token of the format.
  package init(style: ChatStyle, tokenizer: Tokenizer) throws(ChatError) {
    try self.init(style: style, encoding: tokenizer)
  }

  /// A formatter of the format's standard style over a model's tokenizer; `defaultSystem` is the system text of
  /// conversations that bring none, nil for no system turn.
  ///
  /// Throws `ChatError.missingControlToken` when the tokenizer lacks a control token of the format.
  package init(format: ChatFormat, tokenizer: Tokenizer, defaultSystem: String?) throws(ChatError) {
    var style = ChatStyle.standard(format)
    style.defaultSystem = defaultSystem
    try self.init(style: style, encoding: tokenizer)
  }
}

extension Tokenizer: ChatTokenEncoding {
  /// The ids of plain text: control tokens written in it stay ordinary text, and no BOS is added.
  package func encodePlain(_ text: String, beginsText: Bool) -> [Int32] {
    encode(text, recognizeSpecialTokens: false, addSpecialTokens: false, beginsText: beginsText)
  }
}
