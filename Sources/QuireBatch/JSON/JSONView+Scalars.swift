extension JSONView {
  /// The text of a string, escapes resolved. Precondition: the value is a string.
  var decodedString: String {
    precondition(kind == .string, "text of \(kind.rawValue)")
    let content = bytes[(range.lowerBound + 1)..<(range.upperBound - 1)]
    guard content.contains(UInt8(ascii: "\\")) else { return String(decoding: content, as: UTF8.self) }
    var decoded: [UInt8] = []
    decoded.reserveCapacity(content.count)
    var position = content.startIndex
    while position < content.endIndex {
      let byte = content[position]
      guard byte == UInt8(ascii: "\\") else {
        decoded.append(byte)
        position += 1
        continue
      }
      position += 2
      switch content[position - 1] {
      case UInt8(ascii: "b"): decoded.append(0x08)
      case UInt8(ascii: "f"): decoded.append(0x0C)
      case UInt8(ascii: "n"): decoded.append(0x0A)
      case UInt8(ascii: "r"): decoded.append(0x0D)
      case UInt8(ascii: "t"): decoded.append(0x09)
      case UInt8(ascii: "u"): decoded += UTF8.encode(escapedScalar(in: content, at: &position))!
      default: decoded.append(content[position - 1])
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  /// The scalar whose four digits start at `position`, a surrogate pair's other half included.
  private func escapedScalar(in content: ArraySlice<UInt8>, at position: inout Int) -> Unicode.Scalar {
    func quad(_ start: Int) -> UInt32 {
      (start..<start + 4).reduce(0) { $0 << 4 | Self.hexValue(content[$1])! }
    }
    let unit = quad(position)
    position += 4
    guard case 0xD800...0xDBFF = unit else { return Unicode.Scalar(unit)! }
    let low = quad(position + 2)
    position += 6
    return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))!
  }

  /// The text, or an error that names `path`, what was found and what was expected.
  func string(_ path: String) throws(LineError) -> String {
    guard kind == .string else { throw typeError(path, expected: "a string") }
    return decodedString
  }

  func boolean(_ path: String) throws(LineError) -> Bool {
    guard kind == .boolean else { throw typeError(path, expected: "true or false") }
    return bytes[range.lowerBound] == UInt8(ascii: "t")
  }

  /// An integer as typed: digits only, within Int64 (`1.0` and `1e3` are refused, `-0` is 0).
  func integer(_ path: String) throws(LineError) -> Int64 {
    guard kind == .number else { throw typeError(path, expected: "an integer") }
    if let value = Int64(lexeme) { return value }
    let isWhole = raw.allSatisfy {
      $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
    }
    guard isWhole else { throw typeError(path, expected: "an integer") }
    throw LineError(
      .invalidValue, "\(path): found \(excerpt), expected an integer that fits 64 bits", param: path)
  }

  /// The nearest double; a number beyond its range (`1e400`) is an error.
  func double(_ path: String) throws(LineError) -> Double {
    guard kind == .number else { throw typeError(path, expected: "a number") }
    guard let value = Double(lexeme), value.isFinite else {
      throw LineError(.invalidValue, "\(path): found \(excerpt), expected a finite number", param: path)
    }
    return value
  }

  func typeError(_ path: String, expected: String) -> LineError {
    LineError(.invalidType, "\(path): found \(excerpt), expected \(expected)", param: path)
  }

  /// The value for an error message: as typed, shortened to 60 bytes at a character's start.
  var excerpt: String {
    guard range.count > 60 else { return lexeme }
    var end = range.lowerBound + 57
    while bytes[end] & 0xC0 == 0x80 { end -= 1 }
    return String(decoding: bytes[range.lowerBound..<end], as: UTF8.self) + "…"
  }
}
