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
