/// The bits of the nearest half-precision numbers, ties to even, by integer arithmetic: the same on every processor,
/// and as fast as storing keys and values needs it.
///
/// - Parameter values: of at most 65504 in magnitude, or NaN.
@inlinable @inline(__always)
public func halves(_ values: SIMD16<Float>) -> SIMD16<UInt16> {
  typealias Words = SIMD16<UInt32>
  let bits = unsafeBitCast(values, to: Words.self)
  let magnitude = bits & Words(repeating: 0x7FFF_FFFF)
  let sign = (bits &>> Words(repeating: 16)) & Words(repeating: 0x8000)
  // Normal halves: half of the last kept place added, ties to even, and the exponent's bias from 127 to 15.
  let odd = (magnitude &>> Words(repeating: 13)) & Words(repeating: 1)
  let normal = (magnitude &+ odd &+ Words(repeating: 0xFFF &- 112 &<< 23)) &>> Words(repeating: 13)
  // Subnormal ones: adding 0.5 leaves a multiple of 2^-24 in the low bits, rounded by the addition.
  let shifted = unsafeBitCast(magnitude, to: SIMD16<Float>.self) + SIMD16<Float>(repeating: 0.5)
  let subnormal = unsafeBitCast(shifted, to: Words.self) &- Words(repeating: 0x3F00_0000)
  var result = normal
  result.replace(with: subnormal, where: magnitude .< Words(repeating: 113 &<< 23))
  result.replace(with: Words(repeating: 0x7E00), where: magnitude .> Words(repeating: 0x7F80_0000))
  return SIMD16<UInt16>(truncatingIfNeeded: result | sign)
}
