/// e^x by divisions, multiplications and additions alone, so that the result is the same on every CPU.
package enum Exponential {
  /// ln 2 in two parts; the first has few enough bits that products with small integers are exact.
  private static let ln2High = 0.693_147_180_369_123_8
  private static let ln2Low = 1.908_214_929_270_587_7e-10

  /// e^x with a relative error below 1e-15: 0 below -708, and infinity above 709.
  ///
  /// 2^n · e^r with |r| ≤ ln 2 / 2, and e^r by its series up to r^15, which leaves less than 3e-21.
  package static func of(_ x: Double) -> Double {
    if x < -708 { return 0 }
    if x > 709 { return .infinity }
    let n = (x / (ln2High + ln2Low)).rounded()
    let r = (x - n * ln2High) - n * ln2Low
    var sum = 1.0
    for k in stride(from: 15.0, through: 1, by: -1) { sum = 1 + r / k * sum }
    return Double(sign: .plus, exponent: Int(n), significand: sum)
  }
}
