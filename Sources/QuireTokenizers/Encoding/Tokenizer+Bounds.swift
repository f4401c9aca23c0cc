extension Tokenizer {
  /// A number of tokens that `text` cannot stay below, found without encoding it; 0 where the tokenizer has no
  /// such bound. Linear in the text's bytes, without memory of its own.
  package func leastTokenCount(of text: String) -> Int {
    guard let mostBytesPerToken else { return 0 }
    var text = text
    let keptByteCount = text.withUTF8 { bytes in
      // Bytes without a token are dropped.
      bytes.reduce(0) { $0 + (model.byteTokens[Int($1)] < 0 ? 0 : 1) }
    }
    return keptByteCount / mostBytesPerToken
  }
}

extension TokenizerModel {
  /// The most bytes of a text, those that are dropped left out, that one token can stand for; nil where tokens
  /// swallow any amount of white space, or it depends on the composition which bytes are dropped.
  var mostBytesPerToken: Int? {
    // Only these bytes occur in UTF-8.
    let used = (0..<256).filter { ![0xC0, 0xC1].contains($0) && $0 < 0xF5 }
    let dropsBytes = used.contains { byteTokens[$0] < 0 }
    guard !(dropsBytes && normalizesToNFC), !addedTokens.contains(where: { $0.stripsLeft || $0.stripsRight })
    else { return nil }
    let longest = (0..<vocabulary.count).reduce(1) { max($0, vocabulary.bytes(of: $1).count) }
    let longestAdded = addedTokens.reduce(longest) { max($0, $1.content.count) }
    // Composition takes a text to a third of its bytes at most (Unicode Standard Annex #15, expansion factors);
    // twice that leaves room for decompositions that compose in another way.
    return longestAdded * (normalizesToNFC ? 6 : 1)
  }
}
