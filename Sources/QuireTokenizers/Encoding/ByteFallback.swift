/// The tokens `<0x00>` to `<0xFF>` that stand for the bytes of characters without a token.
struct ByteFallback: Sendable {
  /// The id of each byte, or -1.
  let tokens: [Int32]

  /// Appends the tokens of `bytes`; false, with `output` as it was, where one has none.
  func append(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [Int32]) -> Bool {
    guard bytes.allSatisfy({ tokens[Int($0)] >= 0 }) else { return false }
    for byte in bytes { output.append(tokens[Int(byte)]) }
    return true
  }

  /// Whether every byte has a token, so that no text is unknown.
  var isComplete: Bool { !tokens.contains { $0 < 0 } }

  /// The byte that a token written `text` stands for, or nil: `<0x`, two hexadecimal digits and `>`.
  static func byte(spelledBy text: some Collection<UInt8>) -> UInt8? {
    let text = Array(text)
    guard text.count == 6, text.starts(with: "<0x".utf8), text[5] == UInt8(ascii: ">") else { return nil }
    var value: UInt8 = 0
    for digit in text[3..<5] {
      switch digit {
      case 0x30...0x39: value = value << 4 | (digit - 0x30)
      case 0x41...0x46: value = value << 4 | (digit - 0x41 + 10)
      case 0x61...0x66: value = value << 4 | (digit - 0x61 + 10)
      default: return nil
      }
    }
    return value
  }

  /// How the token of a byte is written: `<0x0A>`.
  static func spelling(of byte: UInt8) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)], UInt8(ascii: ">")]
  }
}
