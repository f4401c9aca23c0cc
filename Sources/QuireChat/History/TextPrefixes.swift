/// The beginnings of an encoded text that end at a token boundary.
struct TextPrefixes {
  private var bytes: [UInt8]
  /// The byte offset after each token, beginning with 0.
  private var ends: [Int]

  /// The beginnings of `text`, whose ids are `ids`.
  ///
  /// Where the vocabulary has no token for some byte, the text's own bytes are kept all the same; where the tokenizer
  /// normalises text, the beginnings are those of the normalised text. Complexity: linear in the text.
  init(_ text: String, _ ids: [Int32], _ encoding: any ChatTokenEncoding) {
    var tokens = ids.map { encoding.bytes(of: $0) }
    bytes = Array(text.utf8)
    // Some tokenizers put a space in front, which would be doubled where a beginning is encoded again.
    func spaceCount(_ bytes: some Sequence<UInt8>) -> Int { bytes.prefix { $0 == UInt8(ascii: " ") }.count }
    if tokens.first?.first == UInt8(ascii: " "), spaceCount(tokens.joined()) > spaceCount(bytes) {
      tokens[0].removeFirst()
    }
    ends = [0]
    ends.reserveCapacity(ids.count + 1)
    var position = 0
    for token in tokens {
      for byte in token {
        while position < bytes.count && bytes[position] != byte { position += 1 }
        position += 1
      }
      ends.append(position)
    }
    guard position > bytes.count else { return }
    bytes = tokens.flatMap { $0 }
    ends = [0]
    for token in tokens { ends.append(ends[ends.count - 1] + token.count) }
  }

  /// The text of the first `tokenCount` tokens, or nil where that boundary lies inside a character's bytes.
  func text(tokenCount: Int) -> String? {
    String(validating: bytes[..<ends[tokenCount]], as: UTF8.self)
  }
}
