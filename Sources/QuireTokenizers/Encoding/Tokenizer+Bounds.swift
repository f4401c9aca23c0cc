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
  /// or of unknown characters, or delimiters are dropped.
  var mostBytesPerToken: Int? {
    guard let factor = normalizer.mostBytesPerByte, !preTokenizer.dropsText,
      !addedTokens.contains(where: { $0.stripsLeft || $0.stripsRight })
    else { return nil }
    // The text as the model sees it: pieces may be longer there than decoded.
    let pieces: Vocabulary
    switch merging {
    case .listed, .rankedBytes:
      guard !fusesUnknown else { return nil }
      pieces = vocabulary
    case .characters(let merges):
      guard merges.fallback?.isComplete == true else { return nil }
      pieces = merges.pieces
    case .scores(let scored):
      guard scored.fallback.isComplete else { return nil }
      pieces = scored.pieces
    case .unigram(let unigram):
      guard unigram.fallback?.isComplete == true else { return nil }
      pieces = unigram.pieces
    }
    let longest = (0..<pieces.count).reduce(1) { max($0, pieces.bytes(of: $1).count) }
    return addedTokens.reduce(longest) { max($0, $1.content.count) } * factor
  }

  /// For each byte, whether it has no token and vanishes; nil where none does.
  var droppedBytes: [Bool]? {
    guard unknownTokenID == nil, byteTokens.contains(where: { $0 < 0 }) else { return nil }
    return byteTokens.map { $0 < 0 }
  }
}
