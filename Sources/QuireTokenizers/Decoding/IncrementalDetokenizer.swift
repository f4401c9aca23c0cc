/// Turns ids into text one by one, holding back an unfinished character until it is complete or broken.
///
/// Invariant: what was returned so far plus ``finish()`` is `decode` of the ids so far. At most 3 bytes are held back.
package struct IncrementalDetokenizer: Sendable {
  /// The tokenizer of the ids.
  package let tokenizer: Tokenizer
  /// Whether control tokens are left out of the text.
  package let skipSpecialTokens: Bool
  private var pending: [UInt8] = []

  /// A detokenizer that has seen nothing.
  package init(tokenizer: Tokenizer, skipSpecialTokens: Bool = true) {
    self.tokenizer = tokenizer
    self.skipSpecialTokens = skipSpecialTokens
  }

  /// The text that `id` completes; empty while a character is unfinished.
  package mutating func append(_ id: Int32) -> String {
    if skipSpecialTokens && tokenizer.isSpecial(id) { return "" }
    tokenizer.withBytes(of: id) { pending.append(contentsOf: $0) }
    let completeCount = pending.count - UnfinishedCharacter.length(atEndOf: pending)
    if completeCount == 0 { return "" }
    let text = String(decoding: pending[..<completeCount], as: UTF8.self)
    pending.removeFirst(completeCount)
    return text
  }

  /// What is held back, as U+FFFD, or nothing; the detokenizer is as new afterwards.
  package mutating func finish() -> String {
    let text = String(decoding: pending, as: UTF8.self)
    pending.removeAll()
    return text
  }
}

/// The beginning of a UTF-8 character whose rest has not come yet.
enum UnfinishedCharacter {
  /// How many bytes at the end of `bytes` begin a well-formed character without finishing it: 0 to 3.
  static func length(atEndOf bytes: [UInt8]) -> Int {
    for length in 1...3 where length <= bytes.count {
      let lead = bytes[bytes.count - length]
      if lead & 0xC0 == 0x80 { continue }
      let needed = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1
      if needed <= length { return 0 }
      if length > 1, !isValidSecond(bytes[bytes.count - length + 1], after: lead) { return 0 }
      return length
    }
    return 0
  }

  /// The second bytes of the Unicode Standard's table 3-7.
  private static func isValidSecond(_ byte: UInt8, after lead: UInt8) -> Bool {
    switch lead {
    case 0xE0: return (0xA0...0xBF).contains(byte)
    case 0xED: return (0x80...0x9F).contains(byte)
    case 0xF0: return (0x90...0xBF).contains(byte)
    case 0xF4: return (0x80...0x8F).contains(byte)
    default: return (0x80...0xBF).contains(byte)
    }
  }
}
