/// ln x by divisions, multiplications and additions alone, so that the result is the same on every CPU.
enum NaturalLogarithm {
  /// The natural logarithm of 2.
  private static let ln2 = 0.693_147_180_559_945_3

  /// ln x of a normal number x ≥ 1, within 4e-16 of the greater of 1 and ln x.
  ///
  /// x = m · 2^n with m in [√½, √2), and ln m = 2 artanh t with t = (m − 1) / (m + 1), |t| < 0.1716: the series up to
  /// t^21 leaves less than 2e-19.
  static func of(_ x: Double) -> Double {
    var m = x.significand
    var n = Double(x.exponent)
    if m > 2.0.squareRoot() {
      m /= 2
      n += 1
    }
    let t = (m - 1) / (m + 1)
    let square = t * t
    var sum = 0.0
    for exponent in stride(from: 21, through: 1, by: -2) { sum = sum * square + 1 / Double(exponent) }
    return n * ln2 + 2 * t * sum
  }
}
