public import QuireTokenizers

extension Tokenizer: ChatTokenEncoding {
  package func encodePlain(_ text: String) -> [Int32] { encode(text, recognizeSpecialTokens: false) }
}
extension ChatFormatter {
  public init(style: ChatStyle, tokenizer: Tokenizer) throws(ChatError) {
    try self.init(style: style, encoding: tokenizer)
  }
}
