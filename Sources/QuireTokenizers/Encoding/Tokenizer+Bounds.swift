extension Tokenizer {
  /// A number of tokens that the encoding of `text` cannot stay below, found without encoding it; 0 where the
  /// tokenizer has no such bound. Linear in the text at most, a byte a step.
  package func leastTokenCount(_ text: String) -> Int {
    guard let mostBytesPerToken else { return 0 }
    guard let droppedBytes else { return text.utf8.count / mostBytesPerToken }
    return text.utf8.reduce(0) { $0 + (droppedBytes[Int($1)] ? 0 : 1) } / mostBytesPerToken
  }
}

extension TokenizerModel {
  /// The most bytes of a text that one token can stand for; nil where tokens swallow any amount of white space
  /// or of unknown characters.
  var mostBytesPerToken: Int? {
    guard !fusesUnknown, !addedTokens.contains(where: { $0.stripsLeft || $0.stripsRight }) else {
      return nil
    }
    let longest = (0..<vocabulary.count).reduce(1) { max($0, vocabulary.bytes(of: $1).count) }
    let longestAdded = addedTokens.reduce(longest) { max($0, $1.content.count) }
    // Composition takes a text to a third of its bytes at most (Unicode Standard Annex #15, expansion factors);
    // twice that leaves room for decompositions that compose in another way.
    return longestAdded * (normalizesToNFC ? 6 : 1)
  }

  /// For each byte, whether it has no token and vanishes; nil where none does.
  var droppedBytes: [Bool]? {
    guard unknownTokenID == nil, byteTokens.contains(where: { $0 < 0 }) else { return nil }
    return byteTokens.map { $0 < 0 }
  }
}
