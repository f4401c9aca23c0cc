/// Checks that bytes are exactly one JSON value, without building anything.
///
/// Strict RFC 8259: no comments, no trailing commas, no NaN or Infinity, no unescaped control characters.
/// Two limits beyond the grammar: nesting is at most ``depthLimit`` deep, so that the recursion is bounded; an
/// escaped surrogate without its other half is refused, because no text can hold it.
/// Linear time, no allocation.
struct JSONValidator {
  /// Nested arrays and objects allowed; request bodies need fewer than ten.
  static let depthLimit = 128

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  private init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  /// Throws where `bytes` (already known to be UTF-8) stop being one JSON value.
  static func validate(_ bytes: [UInt8]) throws(JSONSyntaxError) {
    let outcome: Result<Void, JSONSyntaxError> = bytes.withUnsafeBufferPointer { buffer in
      var validator = JSONValidator(buffer)
      do throws(JSONSyntaxError) {
        try validator.document()
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try outcome.get()
  }

  private mutating func document() throws(JSONSyntaxError) {
    skipWhitespace()
    try value(depth: 0)
    skipWhitespace()
    if position < bytes.count { throw unexpected("the end of the line") }
  }

  private mutating func value(depth: Int) throws(JSONSyntaxError) {
    guard position < bytes.count else { throw unexpected("a value") }
    switch bytes[position] {
    case UInt8(ascii: "{"): try object(depth: depth + 1)
    case UInt8(ascii: "["): try array(depth: depth + 1)
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
    default: throw unexpected("a value")
    }
  }

  private mutating func object(depth: Int) throws(JSONSyntaxError) {
    try check(depth: depth)
    position += 1
    skipWhitespace()
    if consume(UInt8(ascii: "}")) { return }
    while true {
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw unexpected("a key in double quotes")
      }
      try string()
      skipWhitespace()
      guard consume(UInt8(ascii: ":")) else { throw unexpected("':'") }
      skipWhitespace()
      try value(depth: depth)
      skipWhitespace()
      if consume(UInt8(ascii: "}")) { return }
      guard consume(UInt8(ascii: ",")) else { throw unexpected("',' or '}'") }
      skipWhitespace()
    }
  }

  private mutating func array(depth: Int) throws(JSONSyntaxError) {
    try check(depth: depth)
    position += 1
    skipWhitespace()
    if consume(UInt8(ascii: "]")) { return }
    while true {
      try value(depth: depth)
      skipWhitespace()
      if consume(UInt8(ascii: "]")) { return }
      guard consume(UInt8(ascii: ",")) else { throw unexpected("',' or ']'") }
      skipWhitespace()
    }
  }

  private func check(depth: Int) throws(JSONSyntaxError) {
    if depth > Self.depthLimit {
      throw JSONSyntaxError(reason: "nested more than \(Self.depthLimit) deep", offset: position)
    }
  }

  private mutating func string() throws(JSONSyntaxError) {
    let start = position
    position += 1
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"):
        try escape()
      case 0..<0x20:
        throw JSONSyntaxError(
          reason: "a control character in a string must be escaped", offset: position)
      default:
        position += 1
      }
    }
    throw JSONSyntaxError(reason: "a string that never ends", offset: start)
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
      let unit = try hexQuad()
      switch unit {
      case 0xD800...0xDBFF:
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
          bytes[position + 1] == UInt8(ascii: "u")
        else { throw loneSurrogate(at: start) }
        position += 2
        guard case 0xDC00...0xDFFF = try hexQuad() else { throw loneSurrogate(at: start) }
      case 0xDC00...0xDFFF:
        throw loneSurrogate(at: start)
      default: break
      }
    default:
      throw unexpected("one of \"\\/bfnrtu after '\\'")
    }
  }

  private func loneSurrogate(at offset: Int) -> JSONSyntaxError {
    JSONSyntaxError(reason: "half a surrogate pair, which is no character", offset: offset)
  }

  private mutating func hexQuad() throws(JSONSyntaxError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count, let digit = JSONView.hexValue(bytes[position]) else {
        throw unexpected("four hexadecimal digits")
      }
      unit = unit << 4 | digit
      position += 1
    }
    return unit
  }

  private mutating func number() throws(JSONSyntaxError) {
    _ = consume(UInt8(ascii: "-"))
    if consume(UInt8(ascii: "0")) {
      if position < bytes.count, Self.isDigit(bytes[position]) {
        throw JSONSyntaxError(reason: "a number must not start with 0", offset: position - 1)
      }
    } else {
      try digits()
    }
    if consume(UInt8(ascii: ".")) { try digits() }
    if consume(UInt8(ascii: "e")) || consume(UInt8(ascii: "E")) {
      if !consume(UInt8(ascii: "+")) { _ = consume(UInt8(ascii: "-")) }
      try digits()
    }
  }

  private mutating func digits() throws(JSONSyntaxError) {
    guard position < bytes.count, Self.isDigit(bytes[position]) else { throw unexpected("a digit") }
    while position < bytes.count, Self.isDigit(bytes[position]) { position += 1 }
  }

  private mutating func word(_ word: StaticString) throws(JSONSyntaxError) {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count,
      (0..<word.utf8CodeUnitCount).allSatisfy({ bytes[position + $0] == word.utf8Start[$0] })
    else { throw unexpected("a value") }
    position = end
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private mutating func consume(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipWhitespace() {
    while position < bytes.count, JSONView.isWhitespace(bytes[position]) { position += 1 }
  }

  private func unexpected(_ expectation: String) -> JSONSyntaxError {
    guard position < bytes.count else {
      return JSONSyntaxError(
        reason: "the line ends where \(expectation) was expected", offset: position)
    }
    let byte = bytes[position]
    let found =
      switch byte {
      case 0x21...0x7E: "'\(Character(Unicode.Scalar(byte)))'"
      case 0x20: "a space"
      case 0xEF
      where position + 2 < bytes.count && bytes[position + 1] == 0xBB && bytes[position + 2] == 0xBF:
        "a byte order mark"
      default: "byte 0x" + String(byte, radix: 16, uppercase: true)
      }
    return JSONSyntaxError(reason: "found \(found), expected \(expectation)", offset: position)
  }
}
