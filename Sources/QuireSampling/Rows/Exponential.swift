/// e^x for x ≤ 0 in fp32, by multiplications and additions alone, so that the result is the same on every CPU.
///
/// The argument is split into n·ln 2 + r with |r| ≤ ln 2 / 2, and e^r is its Taylor polynomial of degree 7, whose
/// remainder (below 6e-9) is under fp32's rounding. Relative error below 3e-7; e^0 is exactly 1.
enum Exponential {
  /// Below this the result would be subnormal; it is 0.
  static let underflow: Float = -87.33

  /// 1.5 · 2²³: adding it rounds to an integer, whose bits then stand at the low end of the sum's.
  private static let roundingShift: Float = 12_582_912
  private static let log2e: Float = 1.442_695
  /// ln 2 in two parts; the first has few enough bits that n times it is exact.
  private static let ln2High: Float = 0.693_359_375
  private static let ln2Low: Float = -2.121_944_4e-4

  /// Each lane's exponential.
  @inline(__always)
  static func of(_ x: SIMD16<Float>) -> SIMD16<Float> {
    let isTooSmall = x .< underflow
    let x = x.replacing(with: underflow, where: isTooSmall)
    let shifted = x * log2e + roundingShift
    let n = shifted - roundingShift
    let r = (x - n * ln2High) - n * ln2Low
    var p = r * (1 / 5040) + (1 / 720 as Float)
    p = p * r + (1 / 120 as Float)
    p = p * r + (1 / 24 as Float)
    p = p * r + (1 / 6 as Float)
    p = p * r + (0.5 as Float)
    p = p * r + (1 as Float)
    p = p * r + (1 as Float)
    let bits = unsafeBitCast(shifted, to: SIMD16<UInt32>.self)
    // The low bits of `shifted` are n; 127 is the exponent of 1.
    let scale = unsafeBitCast((bits &+ 127) &<< 23, to: SIMD16<Float>.self)
    return (p * scale).replacing(with: 0, where: isTooSmall)
  }

  /// The same for one number: bit for bit what a lane gets.
  @inline(__always)
  static func of(_ x: Float) -> Float { of(SIMD16<Float>(repeating: x))[0] }
}
