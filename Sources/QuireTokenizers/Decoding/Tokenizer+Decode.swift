extension Tokenizer {
  /// The text of `ids`, as Hugging Face tokenizers decode them.
  ///
  /// Bytes that are no UTF-8 become U+FFFD: one for every maximal ill-formed part where all tokens are bytes, one for each
  /// byte of a row of byte tokens among pieces.
  ///
  /// - Parameters:
  ///   - ids: any numbers; those outside the vocabulary have no text.
  ///   - skipSpecialTokens: true leaves control tokens out.
  ///   - spacesBetweenSpecialTokens: no effect, as with Hugging Face's fast tokenizers; there for vLLM's parameter.
  public func decode(
    _ ids: some Swift.Sequence<Int32>, skipSpecialTokens: Bool = true, spacesBetweenSpecialTokens: Bool = true
  ) -> String {
    if case .pieces = model.decoding {
      var detokenizer = IncrementalDetokenizer(tokenizer: self, skipSpecialTokens: skipSpecialTokens)
      var text = ""
      for id in ids { text += detokenizer.append(id) }
      return text + detokenizer.finish()
    }
    var bytes: [UInt8] = []
    for id in ids where !(skipSpecialTokens && isSpecial(id)) {
      withBytes(of: id) { bytes.append(contentsOf: $0) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
