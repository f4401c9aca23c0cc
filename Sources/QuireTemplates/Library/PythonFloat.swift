/// Floating-point arithmetic and texts as Python has them.
enum PythonFloat {
  /// Quotient, rounded down, and remainder, with the divisor's sign. Precondition: `right` is not 0.
  static func divide(_ left: Double, _ right: Double) -> (quotient: Double, remainder: Double) {
    var remainder = left.truncatingRemainder(dividingBy: right)
    var quotient = (left - remainder) / right
    if remainder != 0 {
      if (right < 0) != (remainder < 0) {
        remainder += right
        quotient -= 1
      }
    } else {
      remainder = Double(sign: (right).sign, exponent: 0, significand: 0)
    }
    if quotient != 0 {
      let floor = quotient.rounded(.down)
      quotient = quotient - floor > 0.5 ? floor + 1 : floor
    } else {
      quotient = Double(sign: (left / right).sign, exponent: 0, significand: 0)
    }
    return (quotient, remainder)
  }

  /// A power with an exponent that is a whole number.
  /// - Throws: for any other exponent, which no template needs, and where Python divides by zero.
  static func power(_ base: Double, _ exponent: Double) throws(TemplateError) -> Double {
    guard exponent == exponent.rounded(), abs(exponent) <= 1024 else {
      if exponent == 0.5, base >= 0 { return base.squareRoot() }
      throw .evaluation("powers with the exponent \(repr(exponent)) are not covered")
    }
    guard base != 0 || exponent >= 0 else { throw .evaluation("division by zero") }
    if base == 0 { return exponent == 0 ? 1 : Int(exponent) % 2 == 1 ? base : 0 }
    // Twice the precision, so that one rounding at the end is all.
    var (high, low) = (1.0, 0.0)
    for _ in 0..<Int(abs(exponent)) {
      let product = high * base
      let error = (-product).addingProduct(high, base) + low * base
      high = product + error
      low = error - (high - product)
      if !high.isFinite || high == 0 { break }
    }
    guard exponent < 0 else { return high }
    let inverse = 1 / high
    guard inverse.isFinite, high.isFinite else { return inverse }
    return inverse.addingProduct(inverse, 1.0.addingProduct(-inverse, high) - inverse * low)
  }

  /// The shortest text that reads back as the same number, with Python's exponents.
  static func repr(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
    let (digits, point) = shortestDigits(value.magnitude)
    let sign = value < 0 ? "-" : ""
    // Python writes an exponent from 1e16 on and below 1e-4.
    if point > 16 || point < -3 { return sign + scientific(digits, exponent: point - 1) }
    if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
    if point >= digits.count {
      return sign + digits + String(repeating: "0", count: point - digits.count) + ".0"
    }
    return sign + digits.prefix(point) + "." + digits.dropFirst(point)
  }

  /// Digits with a point behind the first one, and an exponent of at least two digits.
  static func scientific(_ digits: String, exponent: Int) -> String {
    let magnitude = String(abs(exponent))
    let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
    return digits.prefix(1) + fraction + "e" + (exponent < 0 ? "-" : "+") + (magnitude.count < 2 ? "0" : "")
      + magnitude
  }

  /// The shortest digits of a positive number, and how many of them stand before the point.
  private static func shortestDigits(_ value: Double) -> (digits: String, point: Int) {
    var mantissa = value.description
    var exponent = 0
    if let mark = mantissa.firstIndex(of: "e") {
      exponent = Int(mantissa[mantissa.index(after: mark)...]) ?? 0
      mantissa = String(mantissa[..<mark])
    }
    let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    let whole = String(parts[0])
    var digits = whole + (parts.count > 1 ? parts[1] : "")
    var point = whole.count + exponent
    while digits.hasPrefix("0") {
      digits.removeFirst()
      point -= 1
    }
    while digits.hasSuffix("0") { digits.removeLast() }
    return (digits, point)
  }
}
