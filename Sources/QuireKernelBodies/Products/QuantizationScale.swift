/// The scale of a block of activations whose greatest magnitude is `greatest`: a byte of 127 stands for it.
@inlinable @inline(__always)
public func quantizationScale(_ greatest: Float) -> Float {
  greatest < smallestQuantizedMagnitude ? 0 : greatest * (1 / 127)
}

/// `quantizationScale` of four blocks.
@inlinable @inline(__always)
public func quantizationScales(_ greatest: SIMD4<Float>) -> SIMD4<Float> {
  (greatest * (1 / 127)).replacing(with: 0, where: greatest .< smallestQuantizedMagnitude)
}

/// What values are multiplied by before rounding; 0 where they are too small for the factor to be finite.
@inlinable @inline(__always)
public func quantizationFactor(_ greatest: Float) -> Float {
  greatest < smallestQuantizedMagnitude ? 0 : 127 / greatest
}

/// `quantizationFactor` of four blocks.
@inlinable @inline(__always)
public func quantizationFactors(_ greatest: SIMD4<Float>) -> SIMD4<Float> {
  (127 / greatest).replacing(with: 0, where: greatest .< smallestQuantizedMagnitude)
}

/// Blocks whose numbers are all smaller are quantised to zero.
@inlinable @inline(__always)
var smallestQuantizedMagnitude: Float { 1e-30 }
