/// x^y by divisions, multiplications and additions alone, so that the ranking of beams is the same on every CPU.
enum Power {
  /// ln 2 in two parts; the first has few enough bits that products with small integers are exact.
  private static let ln2High = 0.693_147_180_369_123_8
  private static let ln2Low = 1.908_214_929_270_587_7e-10

  /// x^y for 1 ≤ x ≤ 2^31 and finite y, with a relative error below 1e-13 where it is between 1e-300 and 1e300; beyond
  /// it ends at the least normal and the greatest finite number.
  static func of(_ x: Double, _ y: Double) -> Double {
    if y == 0 || x == 1 { return 1 }
    if y == 1 { return x }
    let exponent = y * NaturalLogarithm.of(x)
    if exponent > 709 { return .greatestFiniteMagnitude }
    if exponent < -708 { return .leastNormalMagnitude }
    return exponential(exponent)
  }

  /// e^x for -708 ≤ x ≤ 709: 2^n · e^r with |r| ≤ ln 2 / 2, and e^r by its series up to r^15, which leaves less than
  /// 3e-21.
  private static func exponential(_ x: Double) -> Double {
    let n = (x / (ln2High + ln2Low)).rounded()
    let r = (x - n * ln2High) - n * ln2Low
    var sum = 1.0
    for k in stride(from: 15.0, through: 1, by: -1) { sum = 1 + r / k * sum }
    return Double(sign: .plus, exponent: Int(n), significand: sum)
  }
}
