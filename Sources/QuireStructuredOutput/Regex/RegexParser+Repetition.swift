extension RegexParser {
  /// `{m}`, `{m,}` or `{m,n}` at `position`, and where it ends.
  struct QuantifierShape {
    let minimum: Int?
    let maximum: Int?
    let isUnbounded: Bool
    let end: Int
  }

  /// Nil where the brace stands for itself, as in Python.
  func quantifierShape() -> QuantifierShape? {
    var index = position + 1
    /// Digits; beyond nine of them the value is more than any limit.
    func number() -> (hasDigits: Bool, value: Int?) {
      let start = index
      while index < scalars.count, ("0"..."9").contains(scalars[index]) { index += 1 }
      let digits = scalars[start..<index]
      let value = digits.reduce(0) { min($0 * 10 + Int($1.value - 0x30), 1_000_000_000) }
      return (!digits.isEmpty, digits.isEmpty ? nil : value)
    }
    let minimum = number()
    guard index < scalars.count else { return nil }
    if scalars[index] == "}" {
      guard minimum.hasDigits else { return nil }
      return QuantifierShape(
        minimum: minimum.value, maximum: minimum.value, isUnbounded: false, end: index + 1)
    }
    guard scalars[index] == "," else { return nil }
    index += 1
    let maximum = number()
    guard index < scalars.count, scalars[index] == "}" else { return nil }
    return QuantifierShape(
      minimum: minimum.value, maximum: maximum.value, isUnbounded: !maximum.hasDigits, end: index + 1)
  }

  func repetition(_ shape: QuantifierShape) throws(ConstraintError) -> (Int, Int?) {
    guard let minimum = shape.minimum else {
      throw unsupported("'{,…}', which dialects read differently", "'{0,n}'")
    }
    let most = max(minimum, shape.maximum ?? 0)
    guard most <= ConstraintLimits.repetitionCount else {
      throw .limit(
        located, "a repetition of \(most)\(most == 1_000_000_000 ? " or more" : "")",
        atMost: ConstraintLimits.repetitionCount, "times")
    }
    if let maximum = shape.maximum, maximum < minimum {
      throw malformed("{\(minimum),\(maximum)}", "a greatest count that is no less than the least")
    }
    return (minimum, shape.isUnbounded ? nil : shape.maximum)
  }

  var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  mutating func consume(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    position += 1
    return true
  }

  @inline(never)
  var located: String { "\(place) at offset \(position)" }

  func unsupported(_ found: String, _ expected: String) -> ConstraintError {
    ConstraintError(.unsupported, located, found: found, expected: expected)
  }

  func malformed(_ found: String, _ expected: String) -> ConstraintError {
    ConstraintError(.malformed, located, found: found, expected: expected)
  }
}
