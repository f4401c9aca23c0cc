/// Classes of single bytes.
enum JSONByte {
  static func isWhitespace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  static func hexadecimalValue(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
  }

  static func startsWithByteOrderMark(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.starts(with: [0xEF, 0xBB, 0xBF])
  }

  /// Text out of a file as it may stand in a message: in double quotes, control characters escaped, cut after 80 scalars.
  static func quoted(_ utf8: [UInt8]) -> String {
    // 80 scalars are at most 320 bytes.
    let scalars = String(decoding: utf8.prefix(324), as: UTF8.self).unicodeScalars
    var text = "\""
    for scalar in scalars.prefix(80) {
      if scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) {
        text += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text + (scalars.dropFirst(80).isEmpty ? "\"" : "…\"")
  }
}
