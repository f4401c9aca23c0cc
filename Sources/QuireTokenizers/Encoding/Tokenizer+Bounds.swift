extension Tokenizer {
  /// A number of tokens that no text of `byteCount` bytes can stay below, found without encoding it; 0 where
  /// the tokenizer has no such bound. Constant time.
  package func leastTokenCount(byteCount: Int) -> Int {
    guard let mostBytesPerToken else { return 0 }
    return byteCount / mostBytesPerToken
  }
}

extension TokenizerModel {
  /// The most bytes of a text that one token can stand for; nil where tokens swallow any amount of white space
  /// or bytes are dropped.
  var mostBytesPerToken: Int? {
    let dropsBytes = unknownTokenID == nil && byteTokens.contains { $0 < 0 }
    guard !dropsBytes, !fusesUnknown, !addedTokens.contains(where: { $0.stripsLeft || $0.stripsRight }) else {
      return nil
    }
    let longest = (0..<vocabulary.count).reduce(1) { max($0, vocabulary.bytes(of: $1).count) }
    let longestAdded = addedTokens.reduce(longest) { max($0, $1.content.count) }
    // Composition takes a text to a third of its bytes at most (Unicode Standard Annex #15, expansion factors);
    // twice that leaves room for decompositions that compose in another way.
    return longestAdded * (normalizesToNFC ? 6 : 1)
  }
}
