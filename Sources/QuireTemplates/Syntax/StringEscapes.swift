/// Python's escapes in strings.
enum StringEscapes {
  private static let simple: [UInt8: UInt8] = [
    UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "'"): 0x27, UInt8(ascii: "\""): 0x22, UInt8(ascii: "a"): 0x07,
    UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D,
    UInt8(ascii: "t"): 0x09, UInt8(ascii: "v"): 0x0B,
  ]

  /// The text of a string's content, nil where an escape is cut short or names no scalar. An escape that Python does not
  /// know stays as it is, backslash included.
  static func decode(_ content: ArraySlice<UInt8>) -> [UInt8]? {
    var text: [UInt8] = []
    text.reserveCapacity(content.count)
    var rest = content
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let escape = rest.first else {
        text.append(byte)
        continue
      }
      if let plain = simple[escape] {
        rest.removeFirst()
        text.append(plain)
        continue
      }
      switch escape {
      case 0x0A: rest.removeFirst()
      case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"):
        rest.removeFirst()
        let count = escape == UInt8(ascii: "x") ? 2 : escape == UInt8(ascii: "u") ? 4 : 8
        guard rest.count >= count, append(rest.prefix(count), radix: 16, to: &text) else { return nil }
        rest.removeFirst(count)
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        let digits = rest.prefix(3).prefix { UInt8(ascii: "0")...UInt8(ascii: "7") ~= $0 }
        guard append(digits, radix: 8, to: &text) else { return nil }
        rest.removeFirst(digits.count)
      case UInt8(ascii: "N"): return nil
      default: text.append(byte)
      }
    }
    return text
  }

  private static func append(_ digits: ArraySlice<UInt8>, radix: Int, to text: inout [UInt8]) -> Bool {
    guard digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: radix),
      let scalar = Unicode.Scalar(value)
    else { return false }
    text.append(contentsOf: String(Character(scalar)).utf8)
    return true
  }
}
