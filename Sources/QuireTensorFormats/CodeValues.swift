/// The numbers that 4-bit codes stand for, by format.
package enum CodeValues {
  /// -8...7, in order.
  package static let signed: SIMD16<Int8> = [-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7]
  /// The values of IQ4_NL and IQ4_XS: ggml's `kvalues_iq4nl`.
  package static let iq4: SIMD16<Int8> = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
  ]
  /// Twice the values of E2M1, a sign, two bits of exponent and one of mantissa: ggml's `kvalues_mxfp4`.
  ///
  /// Source: OCP Microscaling Formats (MX) Specification 1.0, section 5.3.3.
  package static let doubledE2M1: SIMD16<Int8> = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12]
}

extension UnsafeRawPointer {
  /// The values of the 32 codes in the nibbles of the 16 bytes here: elements 0..<16 and 16..<32 of a block.
  @inline(__always)
  func codes(_ values: SIMD16<Int8>) -> (low: SIMD16<Float>, high: SIMD16<Float>) {
    let (low, high) = nibbles()
    return (values.floats(low), values.floats(high))
  }
}

extension SIMD16<Int8> {
  /// The values of sixteen codes.
  @inline(__always)
  func floats(_ codes: SIMD16<Int32>) -> SIMD16<Float> {
    var result = SIMD16<Float>()
    for lane in 0..<16 { result[lane] = Float(self[Int(codes[lane])]) }
    return result
  }
}
