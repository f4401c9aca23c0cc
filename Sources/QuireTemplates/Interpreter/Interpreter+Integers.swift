extension Interpreter {
  /// The value of an operation on integers of any size, as Python has it.
  /// - Throws: where the result has more than 14,304 bits, or none is defined.
  func compute(
    _ operation: BinaryOperator, _ left: WideInteger, _ right: WideInteger
  ) throws(TemplateError) -> TemplateValue {
    try meter.work(16 + left.words.count * right.words.count)
    switch operation {
    case .add: return try checked(sum(left, right))
    case .subtract: return try checked(sum(left, right.negated))
    case .multiply:
      return try checked(
        WideInteger(
          isNegative: left.isNegative != right.isNegative, words: Magnitude.product(left.words, right.words)))
    case .divide: return .number(try trueQuotient(left, right))
    case .floorDivide, .modulo:
      guard !right.words.isEmpty else { throw .evaluation("division by zero") }
      let (quotient, remainder) = Magnitude.quotient(left.words, right.words)
      let isNegative = left.isNegative != right.isNegative
      // Python rounds quotients down, and remainders have the divisor's sign.
      let rounds = isNegative && !remainder.isEmpty
      guard operation == .modulo else {
        return try checked(
          WideInteger(isNegative: isNegative, words: rounds ? Magnitude.sum(quotient, [1]) : quotient))
      }
      return WideInteger(
        isNegative: right.isNegative,
        words: rounds ? Magnitude.difference(right.words, remainder) : remainder
      ).value
    case .power: return try power(left, right)
    }
  }

  private func checked(_ result: WideInteger) throws(TemplateError) -> TemplateValue {
    guard result.words.count <= WideInteger.wordLimit else { throw .tooWide }
    return result.value
  }

  private func sum(_ left: WideInteger, _ right: WideInteger) -> WideInteger {
    if left.isNegative == right.isNegative {
      return WideInteger(isNegative: left.isNegative, words: Magnitude.sum(left.words, right.words))
    }
    return Magnitude.isLess(left.words, right.words)
      ? WideInteger(isNegative: right.isNegative, words: Magnitude.difference(right.words, left.words))
      : WideInteger(isNegative: left.isNegative, words: Magnitude.difference(left.words, right.words))
  }

  /// The quotient as a number, rounded once, to even from the middle.
  private func trueQuotient(_ left: WideInteger, _ right: WideInteger) throws(TemplateError) -> Double {
    guard !right.words.isEmpty else { throw .evaluation("division by zero") }
    guard !left.words.isEmpty else { return right.isNegative ? -0.0 : 0 }
    let isNegative = left.isNegative != right.isNegative
    guard left.bitCount - right.bitCount > -1022 else {
      return isNegative ? -smallQuotient(left.words, right.words) : smallQuotient(left.words, right.words)
    }
    // At least 65 bits of the quotient, the lowest of which is set where a remainder is left: it decides ties.
    let shift = max(66 + right.bitCount - left.bitCount, 0)
    try meter.work((left.words.count + shift / 32) * right.words.count)
    var (quotient, remainder) = Magnitude.quotient(
      Magnitude.shifted(left.words, left: shift), right.words)
    if !remainder.isEmpty { quotient[0] |= 1 }
    let rounded = WideInteger(isNegative: isNegative, words: quotient).double
    let result = Double(sign: .plus, exponent: -shift, significand: rounded)
    guard result.isFinite else { throw .limit("a quotient of integers beyond the range of a float") }
    return result
  }

  /// A quotient below the smallest number of full precision, in multiples of the smallest number of all.
  private func smallQuotient(_ left: [UInt32], _ right: [UInt32]) -> Double {
    let (words, remainder) = Magnitude.quotient(Magnitude.shifted(left, left: 1076), right)
    let quarters = words.reversed().reduce(UInt64(0)) { $0 << 32 | UInt64($1) }
    let (whole, rest) = quarters.quotientAndRemainder(dividingBy: 4)
    let roundsUp = rest == 3 || rest == 2 && (!remainder.isEmpty || whole % 2 == 1)
    return Double(whole + (roundsUp ? 1 : 0)) * Double.leastNonzeroMagnitude
  }

  private func power(_ base: WideInteger, _ exponent: WideInteger) throws(TemplateError) -> TemplateValue {
    if exponent.isNegative {
      return try compute(
        .power, .number(try base.finiteDouble), .number(try exponent.finiteDouble))
    }
    if base.bitCount <= 1 {
      let isOdd = (exponent.words.first ?? 0) % 2 == 1
      return exponent.words.isEmpty
        ? .integer(1) : WideInteger(isNegative: base.isNegative && isOdd, words: base.words).value
    }
    let bitLimit = 32 * WideInteger.wordLimit
    guard let count = exponent.int, count <= bitLimit, (base.bitCount - 1) * count < bitLimit else {
      throw .tooWide
    }
    var (result, square, rest) = (WideInteger(1).words, base.words, count)
    while rest > 0 {
      try meter.work(result.count * square.count + square.count * square.count)
      if rest % 2 == 1 { result = Magnitude.product(result, square) }
      rest /= 2
      if rest > 0 { square = Magnitude.product(square, square) }
    }
    return try checked(WideInteger(isNegative: base.isNegative && count % 2 == 1, words: result))
  }
}

extension WideInteger {
  /// The integer with its sign changed.
  var negated: WideInteger { WideInteger(isNegative: !isNegative, words: words) }

  /// The nearest number.
  /// - Throws: where a double's range ends before it.
  var finiteDouble: Double {
    get throws(TemplateError) {
      let number = double
      guard number.isFinite else { throw .limit("an integer beyond the range of a float") }
      return number
    }
  }
}

extension TemplateValue {
  /// The value as an integer of any size where Python counts it as one: integers and booleans.
  var wideIntegerValue: WideInteger? {
    if case .wideInteger(let value) = self { value } else { integerValue.map { WideInteger($0) } }
  }

  /// A number, integer or boolean as a float.
  /// - Throws: where it is an integer beyond the range of one.
  var floatValue: Double? {
    get throws(TemplateError) {
      switch self {
      case .number(let value): value
      case .wideInteger(let value): try value.finiteDouble
      default: integerValue.map { Double($0) }
      }
    }
  }
}

extension TemplateError {
  /// An integer has more words than are computed with.
  static var tooWide: TemplateError { .limit("an integer of more than \(32 * WideInteger.wordLimit) bits") }
}
