extension Kernels {
  /// e to the power of each lane, within 2 units in the last place of the true value.
  ///
  /// x = n ln 2 + r with |r| ≤ ln 2 / 2; e^r is its Taylor polynomial of degree 7 (remainder below 2^-27), scaled
  /// by 2^n in two steps so that results below the normal range are rounded once. From 89 on the result is
  /// infinite, below -104 zero; NaN stays NaN.
  @inline(__always)
  static func exp(_ x: SIMD16<Float>) -> SIMD16<Float> {
    typealias Lanes = SIMD16<Float>
    var clamped = x.replacing(with: Lanes(repeating: -105), where: x .< Lanes(repeating: -105))
    clamped = clamped.replacing(with: Lanes(repeating: 89.5), where: x .> Lanes(repeating: 89.5))
    // Adding 1.5 × 2^23 leaves the nearest integer in the low bits: SSE2 has no rounding instruction.
    let shift = Lanes(repeating: 12_582_912)
    let shifted = clamped * Lanes(repeating: 1.442_695_04) + shift
    let n = shifted - shift
    // ln 2 in two parts; the first has 15 trailing zero bits, so that its product with n is exact.
    var r = clamped - n * Lanes(repeating: 0.693_145_751_953_125)
    r -= n * Lanes(repeating: 1.428_606_820_309_417_2e-6)
    var sum = Lanes(repeating: 1 / 5040) * r + Lanes(repeating: 1 / 720)
    sum = sum * r + Lanes(repeating: 1 / 120)
    sum = sum * r + Lanes(repeating: 1 / 24)
    sum = sum * r + Lanes(repeating: 1 / 6)
    sum = sum * r + Lanes(repeating: 0.5)
    sum = sum * (r * r) + r
    sum += Lanes(repeating: 1)
    let exponent =
      unsafeBitCast(shifted, to: SIMD16<Int32>.self) &- unsafeBitCast(shift, to: SIMD16<Int32>.self)
    let first = exponent &>> SIMD16<Int32>(repeating: 1)
    return sum * powerOfTwo(first) * powerOfTwo(exponent &- first)
  }

  /// 2 to the power of each lane, which lies in -126…127.
  @inline(__always)
  private static func powerOfTwo(_ exponent: SIMD16<Int32>) -> SIMD16<Float> {
    let biased = exponent &+ SIMD16<Int32>(repeating: 127)
    return unsafeBitCast(biased &<< SIMD16<Int32>(repeating: 23), to: SIMD16<Float>.self)
  }

  /// Writes e to the power of `count` values of `source` to `destination` (the same memory is allowed).
  package static func exp(
    _ source: UnsafePointer<Float>, to destination: UnsafeMutablePointer<Float>, count: Int
  ) {
    var index = 0
    while index + 16 <= count {
      destination.store(exp(source.lanes16(index)), index)
      index += 16
    }
    if index < count {
      let rest = count - index
      destination.store(exp(source.lanes16(index, count: rest, filler: 0)), index, count: rest)
    }
  }
}
