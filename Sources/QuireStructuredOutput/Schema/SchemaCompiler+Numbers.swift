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

  /// The bounds that a schema gives; those of drafts 3 and 4 say beside a bound whether it is one of the numbers.
  func numberBounds(
    _ object: SchemaObject
  ) throws(ConstraintError) -> [(kind: SchemaBranch.NumberBound, value: Decimal)] {
    var bounds: [(kind: SchemaBranch.NumberBound, value: Decimal)] = []
    for kind in [SchemaBranch.NumberBound.minimum, .exclusiveMinimum, .maximum, .exclusiveMaximum] {
      guard let value = object[kind.rawValue] else { continue }
      if kind.isExclusive, case .bool = value { continue }
      guard let decimal = Decimal(value) else {
        throw object.error(.malformed, kind.rawValue, value.summary, "a number")
      }
      let isExcluded = object[kind.isLower ? "exclusiveMinimum" : "exclusiveMaximum"] == .bool(true)
      let exclusive: SchemaBranch.NumberBound = kind.isLower ? .exclusiveMinimum : .exclusiveMaximum
      bounds.append((isExcluded ? exclusive : kind, decimal))
    }
    return bounds
  }

  /// Adds what a schema says of numbers.
  func applyNumbers(_ object: SchemaObject, to branch: inout SchemaBranch) throws(ConstraintError) {
    branch.numberBounds += try numberBounds(object)
    for keyword in ["multipleOf", "divisibleBy"] {
      guard let value = object[keyword] else { continue }
      guard let step = Decimal(value), step.significand > 0 else {
        throw object.error(.malformed, keyword, value.summary, "a number above 0")
      }
      if !branch.steps.contains(step) { branch.steps.append(step) }
    }
  }

  /// The rule of a branch's numbers; nil where there are none.
  mutating func numberRule(_ branch: SchemaBranch, _ types: JSONTypes) throws(ConstraintError) -> Int32? {
    let excluded = branch.excluded.compactMap(Decimal.init)
    if branch.numberBounds.isEmpty, branch.steps.isEmpty, excluded.isEmpty {
      if types == .number { return try rules.rule(.number) }
      if types == .integer { return try rules.rule(.integer) }
      return try rules.rule(.fraction)
    }
    let isInteger = types == .integer
    // Multiples are counted in units of the step's last digit.
    var (step, stepDigits) = (1, 0)
    if !branch.steps.isEmpty {
      guard let common = commonStep(branch.steps, isInteger: isInteger) else {
        throw error(
          .unsupported, branch.path + "/multipleOf", "multiples that validators find in different numbers",
          "an integer of at most \(JSONRules.greatestStep), or a decimal as 0.5 or 0.01")
      }
      (step, stepDigits) = common
    }
    let greatest =
      JSONRules.powerOfTen(isInteger && branch.steps.isEmpty ? Self.integerDigits : Self.exactDigits) - 1
    let bounds = branch.numberBounds
    var digits = stepDigits
    if !isInteger, branch.steps.isEmpty {
      let needed = (bounds.map(\.value) + excluded).reduce(0) { max($0, -$1.exponent) }
      digits = min(max(Self.usualFractionDigits, needed), Self.mostFractionDigits)
      // Large bounds leave fewer digits behind the point.
      while digits > 0,
        bounds.contains(where: { $0.value.scaled(digits, roundingUp: true).value.magnitude > greatest })
      {
        digits -= 1
      }
    }
    var (lower, upper) = (-greatest, greatest)
    for (kind, bound) in bounds {
      let scaled = bound.scaled(digits, roundingUp: kind.isLower)
      guard scaled.value.magnitude <= greatest else {
        // Beyond all that is written anyway, or nothing left.
        if (scaled.value > 0) == kind.isLower { (lower, upper) = (1, 0) }
        continue
      }
      let excluded = kind.isExclusive && scaled.isExact ? 1 : 0
      if kind.isLower {
        lower = max(lower, scaled.value + excluded)
      } else {
        upper = min(upper, scaled.value - excluded)
      }
      if lower > upper { break }
    }
    let ranges = lower <= upper ? ranges(lower...upper, without: excluded, digits) : []
    guard !ranges.isEmpty else {
      note(
        error(
          .unsatisfiable, branch.path, "bounds that leave no number",
          "one of at most \(isInteger ? Self.integerDigits : Self.exactDigits) digits between them"))
      return nil
    }
    let rule = try rules.network.addRule()
    for range in ranges {
      try rules.addDecimals(
        rule, range, fractionDigits: digits, step: step, onlyFractions: !types.contains(.integer))
    }
    return rule
  }

  /// A range without some numbers, in units of ten to the minus `digits`.
  private func ranges(
    _ whole: ClosedRange<Int>, without excluded: [Decimal], _ digits: Int
  ) -> [ClosedRange<Int>] {
    var ranges = [whole]
    for value in excluded {
      let scaled = value.scaled(digits, roundingUp: true)
      guard scaled.isExact else { continue }
      ranges = ranges.flatMap { range in
        guard range.contains(scaled.value) else { return [range] }
        var parts: [ClosedRange<Int>] = []
        if scaled.value > range.lowerBound { parts.append(range.lowerBound...scaled.value - 1) }
        if scaled.value < range.upperBound { parts.append(scaled.value + 1...range.upperBound) }
        return parts
      }
    }
    return ranges
  }

  /// A number of which all multiples are multiples of all steps, for a validator that divides doubles as well, in units
  /// of ten to the minus so many digits; nil where there is none, or one that is too large.
  private func commonStep(_ steps: [Decimal], isInteger: Bool) -> (step: Int, digits: Int)? {
    let digits = isInteger ? 0 : steps.reduce(0) { max($0, -$1.exponent) }
    guard digits <= 4 else { return nil }
    var common = 1
    for step in steps {
      guard step.exponent > -10, step.exponent < 7 else { return nil }
      var value = step.significand
      if step.exponent + digits >= 0 {
        let (product, overflow) = value.multipliedReportingOverflow(
          by: JSONRules.powerOfTen(step.exponent + digits))
        guard !overflow else { return nil }
        value = product
      } else {
        value /= Self.greatestCommonDivisor(value, JSONRules.powerOfTen(-step.exponent - digits))
      }
      guard value <= JSONRules.greatestStep else { return nil }
      if step.exponent < 0 {
        // A quotient is exact where the number is a double as it stands, and the step's own double is closer to it than
        // half of the last digit of any quotient.
        let power = Double(JSONRules.powerOfTen(-step.exponent))
        let remainder = (-Double(step.significand)).addingProduct(step.double, power)
        guard remainder.magnitude <= Double(step.significand) * 0x1p-54 else { return nil }
        if remainder != 0 {
          let exact = (0..<digits).reduce(1) { product, _ in product * 5 }
          value = value / Self.greatestCommonDivisor(value, exact) * exact
        }
      }
      guard value <= JSONRules.greatestStep else { return nil }
      common = common / Self.greatestCommonDivisor(common, value) * value
      guard common <= JSONRules.greatestStep else { return nil }
    }
    return (common, digits)
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }
}
