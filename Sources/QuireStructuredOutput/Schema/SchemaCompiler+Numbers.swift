import QuireJSON

extension SchemaCompiler {
  /// Significant digits that a double keeps: decimals of as many compare like the doubles that a validator reads.
  private static let exactDigits = 15
  /// Digits behind the point of a bounded number, where its bounds have no more.
  private static let usualFractionDigits = 6
  /// The same where its bounds have more.
  private static let mostFractionDigits = 9
  /// Digits of an integer, which fit in 64 bits.
  private static let integerDigits = 18

  mutating func addNumber(
    _ rule: Int32, _ object: SchemaObject, isInteger: Bool
  ) throws(ConstraintError) {
    if let step = object["multipleOf"] {
      guard isInteger, step == .integer(1) || step == .number(1) else {
        throw object.error(.unsupported, "multipleOf", step.summary, "1, of integers")
      }
    }
    var bounds: [String: Decimal] = [:]
    for keyword in ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"] {
      if let value = object[keyword] { bounds[keyword] = try decimal(value, keyword, object) }
    }
    guard !bounds.isEmpty else {
      let ends = rules.network.rules[Int(rule)]
      return rules.network.addCall(
        ends.start, rule: try rules.rule(isInteger ? .integer : .number), ends.accept)
    }
    let greatest = JSONRules.powerOfTen(isInteger ? Self.integerDigits : Self.exactDigits) - 1
    var digits = 0
    if !isInteger {
      let needed = bounds.values.reduce(0) { max($0, -$1.exponent) }
      digits = min(max(Self.usualFractionDigits, needed), Self.mostFractionDigits)
      // Large bounds leave fewer digits behind the point.
      while digits > 0,
        bounds.values.contains(where: { $0.scaled(digits, roundingUp: true).value.magnitude > greatest })
      {
        digits -= 1
      }
    }
    var (lower, upper) = (-greatest, greatest)
    for (keyword, bound) in bounds {
      let isLower = keyword.hasSuffix("inimum")
      let scaled = bound.scaled(digits, roundingUp: isLower)
      guard scaled.value.magnitude <= greatest else {
        // Beyond all that is written anyway, or nothing left.
        if (scaled.value > 0) == isLower { (lower, upper) = (1, 0) }
        continue
      }
      let excluded = keyword.hasPrefix("exclusive") && scaled.isExact ? 1 : 0
      if isLower {
        lower = max(lower, scaled.value + excluded)
      } else {
        upper = min(upper, scaled.value - excluded)
      }
      if lower > upper { break }
    }
    guard lower <= upper else {
      throw error(
        .unsatisfiable, object.path, "bounds that leave no number",
        "one of at most \(isInteger ? Self.integerDigits : Self.exactDigits) digits between them")
    }
    try rules.addDecimals(rule, lower...upper, fractionDigits: digits)
  }

  /// significand · 10^exponent, without trailing zeros.
  private struct Decimal {
    var significand: Int
    var exponent: Int

    /// The number in units of ten to the minus `digits`, rounded up or down; beyond 18 digits, a number
    /// beyond them.
    func scaled(_ digits: Int, roundingUp: Bool) -> (value: Int, isExact: Bool) {
      let shift = exponent + digits
      if significand == 0 { return (0, true) }
      if shift >= 0 {
        let (value, overflow) = significand.multipliedReportingOverflow(
          by: JSONRules.powerOfTen(min(shift, 18)))
        return overflow || shift > 18 ? (significand.signum() * Int.max, true) : (value, true)
      }
      guard shift >= -18 else { return (roundingUp == (significand > 0) ? significand.signum() : 0, false) }
      let unit = JSONRules.powerOfTen(-shift)
      var (quotient, remainder) = significand.quotientAndRemainder(dividingBy: unit)
      if remainder > 0, roundingUp { quotient += 1 }
      if remainder < 0, !roundingUp { quotient -= 1 }
      return (quotient, remainder == 0)
    }
  }

  /// The decimal that a validator's double stands for: its shortest digits.
  private func decimal(
    _ value: JSONValue, _ keyword: String, _ object: SchemaObject
  ) throws(ConstraintError) -> Decimal {
    switch value {
    case .integer(let value): return Decimal(significand: value, exponent: 0)
    case .number(let value):
      var exponent = 0
      var text = value.description
      if let mark = text.firstIndex(of: "e") {
        exponent = Int(text[text.index(after: mark)...].drop { $0 == "+" })!
        text = String(text[..<mark])
      }
      if let point = text.firstIndex(of: ".") {
        exponent -= text.distance(from: point, to: text.endIndex) - 1
        text.remove(at: point)
      }
      // At most 17 digits and a zero.
      var significand = Int(text)!
      while significand != 0, significand % 10 == 0 {
        significand /= 10
        exponent += 1
      }
      return Decimal(significand: significand, exponent: significand == 0 ? 0 : exponent)
    default: throw object.error(.malformed, keyword, value.summary, "a number")
    }
  }
}
