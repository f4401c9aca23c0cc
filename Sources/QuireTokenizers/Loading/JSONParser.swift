/// Reads one JSON text (RFC 8259) of valid UTF-8; O(bytes), nesting bounded by ``depthLimit``.
struct JSONParser {
  /// Deeper nesting is refused: tokenizer files need 6, and the parser recurses.
  static let depthLimit = 64

  private let bytes: UnsafeBufferPointer<UInt8>
  private let source: String
  private var position = 0

  /// The value of `bytes`.
  ///
  /// - Throws: `malformed`, with the byte offset, when the text is no JSON.
  static func parse(_ bytes: [UInt8], source: String) throws(TokenizerError) -> JSONValue {
    let result = bytes.withUnsafeBufferPointer { buffer -> Result<JSONValue, TokenizerError> in
      var parser = JSONParser(bytes: buffer, source: source)
      do throws(TokenizerError) {
        return .success(try parser.document())
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private init(bytes: UnsafeBufferPointer<UInt8>, source: String) {
    self.bytes = bytes
    self.source = source
  }

  private mutating func document() throws(TokenizerError) -> JSONValue {
    if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
    let value = try value(depth: 0)
    skipBlanks()
    if position < bytes.count { throw failure("the end of the file") }
    return value
  }

  private func failure(_ expected: String) -> TokenizerError {
    let found: String
    if position >= bytes.count {
      found = "the end of the file"
    } else {
      found = String(decoding: bytes[position..<min(position + 16, bytes.count)], as: UTF8.self)
    }
    return TokenizerError(
      .malformed, source: source, subject: "JSON at byte \(position)", found: found, expected: expected)
  }

  private mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(TokenizerError) -> JSONValue {
    guard depth < Self.depthLimit else { throw failure("at most \(Self.depthLimit) levels") }
    skipBlanks()
    guard position < bytes.count else { throw failure("a value") }
    switch bytes[position] {
    case UInt8(ascii: "{"):
      position += 1
      return .object(try members(depth: depth))
    case UInt8(ascii: "["):
      position += 1
      return .array(try items(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func members(depth: Int) throws(TokenizerError) -> [JSONMember] {
    var members: [JSONMember] = []
    if take(UInt8(ascii: "}")) { return members }
    repeat {
      skipBlanks()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw failure("a key") }
      let key = try string()
      guard take(UInt8(ascii: ":")) else { throw failure("':'") }
      members.append(JSONMember(key: key, value: try value(depth: depth + 1)))
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw failure("',' or '}'") }
    return members
  }

  private mutating func items(depth: Int) throws(TokenizerError) -> [JSONValue] {
    var items: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return items }
    repeat { items.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw failure("',' or ']'") }
    return items
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(TokenizerError) -> JSONValue {
    let count = word.utf8CodeUnitCount
    let expected = UnsafeBufferPointer(start: word.utf8Start, count: count)
    guard bytes.count - position >= count, bytes[position..<(position + count)].elementsEqual(expected)
    else { throw failure("a value") }
    position += count
    return value
  }

  private mutating func number() throws(TokenizerError) -> JSONValue {
    let start = position
    func isDigit(_ index: Int) -> Bool { index < bytes.count && (0x30...0x39).contains(bytes[index]) }
    var end = start
    if end < bytes.count, bytes[end] == UInt8(ascii: "-") { end += 1 }
    guard isDigit(end) else { throw failure("a value") }
    if bytes[end] == UInt8(ascii: "0"), isDigit(end + 1) { throw failure("a number without leading zeros") }
    while isDigit(end) { end += 1 }
    let isWhole = !(end < bytes.count && [0x2E, 0x65, 0x45].contains(bytes[end]))
    if !isWhole {
      if bytes[end] == UInt8(ascii: ".") {
        end += 1
        guard isDigit(end) else { throw failure("a number with digits after its point") }
        while isDigit(end) { end += 1 }
      }
      if end < bytes.count, bytes[end] | 0x20 == UInt8(ascii: "e") {
        end += 1
        if end < bytes.count, bytes[end] == UInt8(ascii: "+") || bytes[end] == UInt8(ascii: "-") { end += 1 }
        guard isDigit(end) else { throw failure("a number with digits in its exponent") }
        while isDigit(end) { end += 1 }
      }
    }
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    position = end
    if isWhole, let integer = Int(text) { return .integer(integer) }
    return .number(Double(text) ?? .infinity)
  }

  private mutating func string() throws(TokenizerError) -> [UInt8] {
    position += 1
    var result: [UInt8] = []
    var plainStart = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        result.append(contentsOf: bytes[plainStart..<position])
        position += 1
        return result
      }
      if byte < 0x20 { throw failure("a string without control characters") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        result.append(contentsOf: bytes[plainStart..<(position - 1)])
        try escape(into: &result)
        plainStart = position
      }
    }
    throw failure("the end of a string")
  }

  private mutating func escape(into result: inout [UInt8]) throws(TokenizerError) {
    guard position < bytes.count else { throw failure("an escape") }
    let letter = bytes[position]
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(letter)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      var value = try hexadecimal()
      if (0xD800..<0xDC00).contains(value), position + 1 < bytes.count,
        bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
      {
        position += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw failure("a low surrogate") }
        value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) else {
        throw failure("a surrogate pair")
      }
      result.append(contentsOf: encoded)
    default:
      position -= 1
      throw failure("an escape")
    }
  }

  private mutating func hexadecimal() throws(TokenizerError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count else { throw failure("four hexadecimal digits") }
      switch bytes[position] {
      case 0x30...0x39: value = value << 4 | UInt32(bytes[position] - 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(bytes[position] - 0x37)
      case 0x61...0x66: value = value << 4 | UInt32(bytes[position] - 0x57)
      default: throw failure("four hexadecimal digits")
      }
      position += 1
    }
    return value
  }
}
