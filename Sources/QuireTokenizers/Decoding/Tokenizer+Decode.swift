extension Tokenizer {
  /// The text of `ids`: their bytes in a row, read as UTF-8 with U+FFFD for every maximal ill-formed part.
  ///
  /// - Parameters:
  ///   - ids: any numbers; those outside the vocabulary have no text.
  ///   - skipSpecialTokens: true leaves control tokens out.
  ///   - spacesBetweenSpecialTokens: no effect on byte-level tokenizers, as with Hugging Face's fast ones; there for vLLM's parameter.
  public func decode(
    _ ids: some Swift.Sequence<Int32>, skipSpecialTokens: Bool = true, spacesBetweenSpecialTokens: Bool = true
  ) -> String {
    var bytes: [UInt8] = []
    for id in ids where !(skipSpecialTokens && isSpecial(id)) {
      withBytes(of: id) { bytes.append(contentsOf: $0) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
