import QuireJSON

/// significand · 10^exponent, without trailing zeros.
struct Decimal: Hashable {
  var significand: Int
  var exponent: Int

  /// The decimal that a validator's double stands for: its shortest digits; nil where the value is no number.
  init?(_ value: JSONValue) {
    switch value {
    case .integer(let value): self.init(value, 0)
    case .wideInteger(let digits):
      guard let value = Double(digits) else { return nil }
      self.init(value)
    case .number(let value): self.init(value)
    default: return nil
    }
  }

  private init(_ significand: Int, _ exponent: Int) {
    self.significand = significand
    self.exponent = significand == 0 ? 0 : exponent
    while self.significand != 0, self.significand % 10 == 0 {
      self.significand /= 10
      self.exponent += 1
    }
  }

  private init(_ value: Double) {
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
    self.init(Int(text)!, exponent)
  }

  /// The number in units of ten to the minus `digits`, rounded up or down; beyond 18 digits, a number beyond them.
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
