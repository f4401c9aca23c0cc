/// The text of a grammar and a place in it, which errors give as line and column.
struct GrammarText {
  let scalars: [Unicode.Scalar]
  /// What errors name before the place.
  let field: String
  var position = 0

  init(_ text: String, field: String) throws(ConstraintError) {
    guard text.utf8.count <= ConstraintLimits.textByteCount else {
      throw .limit(field, "\(text.utf8.count) bytes", atMost: ConstraintLimits.textByteCount, "bytes")
    }
    scalars = Array(text.unicodeScalars)
    self.field = field
  }

  var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  var isAtEnd: Bool { position >= scalars.count }

  func looks(at text: String) -> Bool {
    scalars[min(position, scalars.count)...].starts(with: text.unicodeScalars)
  }

  mutating func consume(_ text: String) -> Bool {
    guard looks(at: text) else { return false }
    position += text.unicodeScalars.count
    return true
  }

  /// What stands from a place on, up to this one.
  func text(from start: Int) -> String { String(String.UnicodeScalarView(scalars[start..<position])) }

  mutating func skipLine() { while let next = peek, next != "\n" { position += 1 } }

  /// Passes scalars as long as they are of a kind.
  mutating func take(_ isOfKind: (Unicode.Scalar) -> Bool) -> String {
    let start = position
    while let next = peek, isOfKind(next) { position += 1 }
    return text(from: start)
  }

  // MARK: Numbers

  /// Passes a number in decimals; nil where there is none. What is beyond a billion counts as one.
  mutating func number() -> Int? {
    let digits = take { ("0"..."9").contains($0) }
    if digits.isEmpty { return nil }
    return digits.utf8.reduce(0) { min($0 * 10 + Int($1 - 0x30), 1_000_000_000) }
  }

  /// Passes so many hexadecimal digits.
  mutating func hexadecimal(_ count: Int) throws(ConstraintError) -> UInt32 {
    let start = position
    var value: UInt32 = 0
    while position < start + count {
      guard let next = peek, next.isASCII, let digit = Character(next).hexDigitValue else {
        throw malformed("an escape without its digits", "\(count) hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  /// The bounds of a repetition, checked; `start` is where it begins.
  func checked(
    _ minimum: Int, _ maximum: Int?, at start: Int
  ) throws(ConstraintError) -> (minimum: Int, maximum: Int?) {
    let most = max(minimum, maximum ?? 0)
    guard most <= ConstraintLimits.repetitionCount else {
      throw .limit(
        place(of: start), "a repetition of \(most)\(most == 1_000_000_000 ? " or more" : "")",
        atMost: ConstraintLimits.repetitionCount, "times")
    }
    if let maximum, maximum < minimum {
      throw malformed(
        "{\(minimum),\(maximum)}", "a greatest count that is no less than the least", at: start)
    }
    return (minimum, maximum)
  }

  // MARK: Errors

  /// The field, line and column of a place.
  @inline(never)
  func place(of position: Int) -> String {
    let before = scalars[..<min(position, scalars.count)]
    let line = before.count { $0 == "\n" } + 1
    let column = before.count - ((before.lastIndex(of: "\n") ?? -1) + 1) + 1
    return "\(field) at line \(line), column \(column)"
  }

  func malformed(_ found: String, _ expected: String, at position: Int? = nil) -> ConstraintError {
    ConstraintError(.malformed, place(of: position ?? self.position), found: found, expected: expected)
  }

  func unsupported(_ found: String, _ expected: String, at position: Int? = nil) -> ConstraintError {
    ConstraintError(.unsupported, place(of: position ?? self.position), found: found, expected: expected)
  }

  /// What stands at a place, for errors.
  var found: String {
    guard let next = peek else { return "the end of the grammar" }
    return next == "\n" ? "the end of the line" : "'\(next)'"
  }
}
