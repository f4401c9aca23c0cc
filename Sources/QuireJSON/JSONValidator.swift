/// Checks that bytes are exactly one JSON text, without building anything.
///
/// Strict RFC 8259: no comments, no trailing commas, no NaN or Infinity, no unescaped control characters, strings of
/// valid UTF-8. Two limits beyond the grammar: nesting is bounded, and with it the recursion; an escaped surrogate
/// without its other half is refused, because no text can hold it. Python's words for numbers that JSON has none for are
/// taken where the caller asks for them.
/// Linear time, no allocation.
struct JSONValidator {
  let bytes: [UInt8]
  let depthLimit: Int
  var position = 0
  /// Whether `NaN`, `Infinity` and `-Infinity` are values.
  var allowsNonFiniteNumbers = false

  /// - Parameters:
  ///   - depthLimit: arrays and objects that may stand in one another.
  ///   - start: the offset where the text begins.
  ///   - allowsNonFiniteNumbers: whether `NaN`, `Infinity` and `-Infinity` are values.
  /// - Throws: where `bytes` stop being one JSON text.
  static func validate(
    _ bytes: [UInt8], depthLimit: Int, from start: Int = 0, allowsNonFiniteNumbers: Bool = false
  ) throws(JSONSyntaxError) {
    var validator = JSONValidator(
      bytes: bytes, depthLimit: depthLimit, position: start, allowsNonFiniteNumbers: allowsNonFiniteNumbers)
    validator.skipWhitespace()
    try validator.value(depth: 0)
    validator.skipWhitespace()
    if validator.position < bytes.count {
      throw validator.failure("more text after the value", "the end of the text")
    }
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
    case UInt8(ascii: "N") where allowsNonFiniteNumbers: try word("NaN")
    case UInt8(ascii: "I") where allowsNonFiniteNumbers: try word("Infinity")
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
    if depth > depthLimit {
      throw failure("nesting of \(depth) levels", "at most \(depthLimit) nested levels")
    }
  }

  private mutating func number() throws(JSONSyntaxError) {
    let isNegative = consume(UInt8(ascii: "-"))
    if isNegative, allowsNonFiniteNumbers, position < bytes.count, bytes[position] == UInt8(ascii: "I") {
      return try word("Infinity")
    }
    if consume(UInt8(ascii: "0")) {
      if position < bytes.count, JSONByte.isDigit(bytes[position]) {
        position -= 1
        throw failure("a leading 0", "a number that does not start with 0")
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
    guard position < bytes.count, JSONByte.isDigit(bytes[position]) else { throw unexpected("a digit") }
    while position < bytes.count, JSONByte.isDigit(bytes[position]) { position += 1 }
  }

  private mutating func word(_ word: StaticString) throws(JSONSyntaxError) {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count,
      (0..<word.utf8CodeUnitCount).allSatisfy({ bytes[position + $0] == word.utf8Start[$0] })
    else { throw unexpected("a value") }
    position = end
  }

  mutating func consume(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipWhitespace() {
    while position < bytes.count, JSONByte.isWhitespace(bytes[position]) { position += 1 }
  }

  func failure(_ found: String, _ expected: String? = nil) -> JSONSyntaxError {
    JSONSyntaxError(found: found, expected: expected, offset: position)
  }

  /// The error of whatever stands at `position`.
  func unexpected(_ expected: String) -> JSONSyntaxError {
    guard position < bytes.count else { return failure("the end of the text", expected) }
    let byte = bytes[position]
    let found =
      switch byte {
      case 0x21...0x7E: "'\(Character(Unicode.Scalar(byte)))'"
      case 0x20: "a space"
      case 0xEF where JSONByte.startsWithByteOrderMark(bytes[position...]): "a byte order mark"
      default: "byte 0x" + String(byte, radix: 16, uppercase: true)
      }
    return failure(found, expected)
  }
}
