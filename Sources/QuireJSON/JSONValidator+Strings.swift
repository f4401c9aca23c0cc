extension JSONValidator {
  /// Passes the string whose opening quote stands at `position`.
  mutating func string() throws(JSONSyntaxError) {
    let start = position
    position += 1
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"): try escape()
      case 0..<0x20: throw failure("a control character in a string", "its escape")
      case 0x20..<0x80: position += 1
      default: try multibyteScalar()
      }
    }
    position = start
    throw failure("a string that never ends", "its closing quote")
  }

  private mutating func escape() throws(JSONSyntaxError) {
    let start = position
    position += 1
    guard position < bytes.count else { throw unexpected("an escaped character") }
    switch bytes[position] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 1
    case UInt8(ascii: "u"):
      position += 1
      switch try fourDigits() {
      case 0xD800...0xDBFF:
        guard consume(UInt8(ascii: "\\")), consume(UInt8(ascii: "u")) else { throw loneSurrogate(at: start) }
        guard case 0xDC00...0xDFFF = try fourDigits() else { throw loneSurrogate(at: start) }
      case 0xDC00...0xDFFF: throw loneSurrogate(at: start)
      default: break
      }
    default: throw unexpected("one of \"\\/bfnrtu after '\\'")
    }
  }

  private func loneSurrogate(at offset: Int) -> JSONSyntaxError {
    JSONSyntaxError(found: "half a surrogate pair, which is no character", offset: offset)
  }

  private mutating func fourDigits() throws(JSONSyntaxError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count, let digit = JSONByte.hexadecimalValue(bytes[position]) else {
        throw unexpected("four hexadecimal digits")
      }
      unit = unit << 4 | digit
      position += 1
    }
    return unit
  }

  /// Passes a scalar of two to four bytes. Source: The Unicode Standard, table 3-7, well-formed UTF-8.
  private mutating func multibyteScalar() throws(JSONSyntaxError) {
    let second: ClosedRange<UInt8>
    let count: Int
    switch bytes[position] {
    case 0xC2...0xDF: (second, count) = (0x80...0xBF, 2)
    case 0xE0: (second, count) = (0xA0...0xBF, 3)
    case 0xED: (second, count) = (0x80...0x9F, 3)
    case 0xE1...0xEF: (second, count) = (0x80...0xBF, 3)
    case 0xF0: (second, count) = (0x90...0xBF, 4)
    case 0xF1...0xF3: (second, count) = (0x80...0xBF, 4)
    case 0xF4: (second, count) = (0x80...0x8F, 4)
    default: throw failure("a string that is not valid UTF-8")
    }
    guard bytes.count - position >= count, second.contains(bytes[position + 1]),
      (2..<count).allSatisfy({ bytes[position + $0] & 0xC0 == 0x80 })
    else { throw failure("a string that is not valid UTF-8") }
    position += count
  }
}
