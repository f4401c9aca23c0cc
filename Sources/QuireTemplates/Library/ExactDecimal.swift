/// The exact decimal digits of a finite number that is not negative, for roundings to a number of digits.
struct ExactDecimal {
  /// The digits, the most significant first; at least one.
  private(set) var digits: [UInt8]
  /// How many digits stand before the point; may be negative or beyond the digits.
  private(set) var point: Int

  /// The digits of a number. Precondition: it is finite and not negative.
  init(_ value: Double) {
    guard value != 0 else {
      (digits, point) = ([0], 1)
      return
    }
    let exponent = Int(value.exponent) - 52
    let significand = UInt64(value.significand * 0x1p52)
    var digits = Array(String(significand).utf8.map { $0 - 0x30 }.reversed())
    // A division by two is a multiplication by five and a digit more behind the point.
    for _ in 0..<abs(exponent) { Self.multiply(&digits, by: exponent < 0 ? 5 : 2) }
    point = digits.count - max(-exponent, 0)
    self.digits = digits.reversed()
  }

  private static func multiply(_ digits: inout [UInt8], by factor: UInt8) {
    var carry: UInt8 = 0
    for index in digits.indices {
      let product = digits[index] * factor + carry
      digits[index] = product % 10
      carry = product / 10
    }
    if carry > 0 { digits.append(carry) }
  }

  /// Rounds so that `count` digits stay, halves to the even digit; a count below 0 leaves 0.
  mutating func round(toDigits count: Int) {
    guard count < digits.count else { return }
    guard count >= 0 else {
      (digits, point) = ([0], 1)
      return
    }
    let isHalf = digits[count] == 5 && digits[(count + 1)...].allSatisfy { $0 == 0 }
    let isOdd = count > 0 && digits[count - 1] % 2 == 1
    let roundsUp = isHalf ? isOdd : digits[count] >= 5
    digits = Array(digits[..<count])
    guard roundsUp else {
      if digits.isEmpty { (digits, point) = ([0], 1) }
      return
    }
    var index = count - 1
    while index >= 0, digits[index] == 9 {
      digits[index] = 0
      index -= 1
    }
    if index >= 0 {
      digits[index] += 1
    } else {
      digits.insert(1, at: 0)
      point += 1
    }
  }

  /// The text with `precision` digits behind the point.
  static func fixed(_ value: Double, precision: Int) -> String {
    var decimal = ExactDecimal(value)
    decimal.round(toDigits: decimal.point + precision)
    func digit(_ place: Int) -> Character {
      let index = place + decimal.point
      let isThere = index >= 0 && index < decimal.digits.count
      return Character(Unicode.Scalar(0x30 + (isThere ? decimal.digits[index] : 0)))
    }
    let whole = String((min(-decimal.point, -1)..<0).map(digit))
    let trimmed = whole.drop { $0 == "0" }
    return (trimmed.isEmpty ? "0" : String(trimmed))
      + (precision > 0 ? "." + String((0..<precision).map(digit)) : "")
  }

  /// The first `count` digits, rounded, and the power of ten of the first one.
  static func significant(_ value: Double, count: Int) -> (digits: String, exponent: Int) {
    var decimal = ExactDecimal(value)
    decimal.round(toDigits: count)
    let digits = (0..<count).map { index in
      Character(Unicode.Scalar(0x30 + (index < decimal.digits.count ? decimal.digits[index] : 0)))
    }
    return (String(digits), value == 0 ? 0 : decimal.point - 1)
  }
}
