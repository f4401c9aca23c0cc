/// Walks over validated JSON; nothing is checked again.
struct JSONWalker {
  let bytes: [UInt8]
  var position: Int

  mutating func skipWhitespace() {
    while JSONByte.isWhitespace(bytes[position]) { position += 1 }
  }

  /// Goes from the bracket that opens an array or object to its first element or its closing bracket.
  mutating func enterContainer() {
    position += 1
    skipWhitespace()
  }

  /// Goes from the end of an element to the next one or the closing bracket.
  mutating func skipSeparator() {
    skipWhitespace()
    guard bytes[position] == UInt8(ascii: ",") else { return }
    position += 1
    skipWhitespace()
  }

  /// Goes from the end of a key to its value.
  mutating func skipColon() {
    skipWhitespace()
    position += 1
    skipWhitespace()
  }

  /// Whether the container that was entered ends here.
  var isAtClosingBracket: Bool {
    bytes[position] == UInt8(ascii: "]") || bytes[position] == UInt8(ascii: "}")
  }

  /// Passes the value at `position`.
  mutating func skipValue() {
    switch bytes[position] {
    case UInt8(ascii: "\""): _ = skipString()
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      var depth = 0
      repeat {
        switch bytes[position] {
        case UInt8(ascii: "\""):
          _ = skipString()
          continue
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
        position += 1
      } while depth > 0
    default: skipScalar()
    }
  }

  /// Passes a number or a word.
  mutating func skipScalar() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"): return
      default: position += 1
      }
    }
  }

  /// Passes the string at `position`; true when it holds an escape.
  mutating func skipString() -> Bool {
    var hasEscapes = false
    position += 1
    while bytes[position] != UInt8(ascii: "\"") {
      if bytes[position] == UInt8(ascii: "\\") {
        hasEscapes = true
        position += 1
      }
      position += 1
    }
    position += 1
    return hasEscapes
  }

  /// Passes the string at `position`; its text in UTF-8, escapes resolved. Without escapes it is a part of the bytes
  /// themselves, of which no copy is made.
  mutating func string() -> ArraySlice<UInt8> {
    let start = position + 1
    let hasEscapes = skipString()
    let content = start..<position - 1
    return hasEscapes ? unescaped(content)[...] : bytes[content]
  }

  private func unescaped(_ content: Range<Int>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(content.count)
    var position = content.lowerBound
    while position < content.upperBound {
      let byte = bytes[position]
      position += 1
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      position += 1
      switch bytes[position - 1] {
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"): text += UTF8.encode(escapedScalar(at: &position))!
      default: text.append(bytes[position - 1])
      }
    }
    return text
  }

  /// The scalar whose four digits start at `position`, a surrogate pair's other half included.
  private func escapedScalar(at position: inout Int) -> Unicode.Scalar {
    func unit(_ start: Int) -> UInt32 {
      (start..<start + 4).reduce(0) { $0 << 4 | JSONByte.hexadecimalValue(bytes[$1])! }
    }
    let high = unit(position)
    position += 4
    guard case 0xD800...0xDBFF = high else { return Unicode.Scalar(high)! }
    let low = unit(position + 2)
    position += 6
    return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))!
  }
}
