/// Half-precision bits to single precision without the processor's or the compiler runtime's help.
///
/// All of it is integer arithmetic and one exact subtraction, so that it needs no F16C instructions and meets no
/// slow subnormal number. Exact for every finite value; infinities stay, a NaN stays a NaN (quiet, its payload shifted).
package enum HalfPrecision {
  /// The single-precision value of the bits of a half.
  @inline(__always)
  package static func float(_ half: UInt16) -> Float {
    let magnitude = UInt32(half & 0x7FFF) &<< 13
    let sign = UInt32(half & 0x8000) &<< 16
    let exponent = magnitude & infinityExponent
    let rebased = magnitude &+ exponentOffset
    let bits: UInt32
    if exponent == infinityExponent {
      let isNaN = magnitude & 0x007F_FFFF != 0
      bits = (rebased &+ exponentOffset) | (isNaN ? quietBit : 0)
    } else if exponent == 0 {
      bits = (Float(bitPattern: rebased &+ (1 &<< 23)) - smallestNormal).bitPattern
    } else {
      bits = rebased
    }
    return Float(bitPattern: bits | sign)
  }

  /// The bits of the half that equals `value`, which is finite; nil where there is none.
  package static func exactBits(_ value: Float) -> UInt16? {
    let bits = half(value)
    return float(bits) == value ? bits : nil
  }

  /// The single-precision values of the bits of eight halves.
  @inline(__always)
  package static func floats(_ halves: SIMD8<UInt16>) -> SIMD8<Float> {
    typealias Words = SIMD8<UInt32>
    let words = Words(truncatingIfNeeded: halves)
    let magnitude = (words & Words(repeating: 0x7FFF)) &<< Words(repeating: 13)
    let sign = (words & Words(repeating: 0x8000)) &<< Words(repeating: 16)
    let exponent = magnitude & Words(repeating: infinityExponent)
    var bits = magnitude &+ Words(repeating: exponentOffset)
    let subnormal =
      SIMD8<Float>(bitPattern: bits &+ Words(repeating: 1 &<< 23)) - SIMD8<Float>(repeating: smallestNormal)
    let special = bits &+ Words(repeating: exponentOffset)
    bits.replace(with: special, where: exponent .== Words(repeating: infinityExponent))
    bits.replace(
      with: bits | Words(repeating: quietBit), where: magnitude .> Words(repeating: infinityExponent))
    bits.replace(with: Words(bitPattern: subnormal), where: exponent .== Words(repeating: 0))
    return SIMD8<Float>(bitPattern: bits | sign)
  }

  /// The bits of the half nearest to a number, of two the even one; an infinity beyond the largest half.
  @inline(__always)
  package static func half(_ value: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: (value.bitPattern &>> 16) & 0x8000)
    let magnitude = value.bitPattern & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
    // From halfway between the largest half and the next power of two on.
    if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
    if magnitude < smallestNormal.bitPattern {
      // A whole number of the smallest subnormal halves, 2⁻²⁴, after a rounding that is the addition's.
      return sign | UInt16(truncatingIfNeeded: Int32((Float(bitPattern: magnitude) * 0x1p24).nearestWhole))
    }
    let rebased = magnitude &- exponentOffset
    return sign | UInt16(truncatingIfNeeded: (rebased &+ 0x0FFF &+ (rebased &>> 13) & 1) &>> 13)
  }

  /// A half's exponent bits at their place in a single, all ones.
  @usableFromInline static let infinityExponent: UInt32 = 0x7C00 &<< 13
  /// The difference of the two exponent biases, at the exponent's place.
  @usableFromInline static let exponentOffset: UInt32 = (127 - 15) &<< 23
  /// The bit that marks a NaN as quiet.
  @usableFromInline static let quietBit: UInt32 = 0x0040_0000
  /// The smallest normal half, 2⁻¹⁴: subtracted to normalise a subnormal one.
  @usableFromInline static let smallestNormal = Float(sign: .plus, exponent: -14, significand: 1)
}

extension SIMD8<Float> {
  @inline(__always)
  init(bitPattern: SIMD8<UInt32>) { self = unsafeBitCast(bitPattern, to: SIMD8<Float>.self) }
}

extension SIMD8<UInt32> {
  @inline(__always)
  init(bitPattern: SIMD8<Float>) { self = unsafeBitCast(bitPattern, to: SIMD8<UInt32>.self) }
}
