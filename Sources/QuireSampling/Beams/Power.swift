import QuireRequests

/// x^y by divisions, multiplications and additions alone, so that the ranking of beams is the same on every CPU.
enum Power {
  /// x^y for 1 ≤ x ≤ 2^31 and finite y, with a relative error below 1e-13 where it is between 1e-300 and 1e300; beyond
  /// it ends at the least normal and the greatest finite number.
  static func of(_ x: Double, _ y: Double) -> Double {
    if y == 0 || x == 1 { return 1 }
    if y == 1 { return x }
    let exponent = y * NaturalLogarithm.of(x)
    if exponent > 709 { return .greatestFiniteMagnitude }
    if exponent < -708 { return .leastNormalMagnitude }
    return Exponential.of(exponent)
  }
}
