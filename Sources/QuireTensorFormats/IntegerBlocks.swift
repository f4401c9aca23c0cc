/// How the blocks of a quantised format come apart into integers q and their scales, for kernels that compute with these.
///
/// In a block of 32 the scale of its weights is a number of the block, their minimum another one. In a larger block, there
/// is a half d, and a half m where there are minima, and each 16 or 32 weights have a scale and a minimum of their own:
/// unsigned bytes times d and m; or, without minima, a scale alone: a signed byte times d.
package struct IntegerBlocks: Sendable {
  /// Bits of an integer as it is unpacked: 4 (0...15; weight = scale * (q - 8) without minima) or 8 (signed, 128 added).
  package let bitCount: Int
  /// What the sixteen values of 4 bits stand for, in place of integers in order; nil where they are such.
  package let values: SIMD16<Int8>?
  /// Whether weight = scale * q + minimum; else weight = scale * q.
  package let hasMinimum: Bool
  /// Whether an integer stands in place of the minimum, as a half: weight = scale * (q + integer).
  package let hasZeroPoint: Bool
  /// Whether the scale of a block of 32 is in single precision; else it is a half.
  package let hasSingleScale: Bool
  /// Weights that share a scale: 16 or 32.
  package let scaleElementCount: Int
  /// Takes blocks apart.
  package let unpack: Unpacker

  /// Takes apart consecutive blocks of a row.
  ///
  /// - Parameters:
  ///   - source: the first block, at any address.
  ///   - integers: memory for the blocks' integers, 32 after 32. Of 32 with 4 bits there are 16 bytes, number i in the
  ///     low nibble of byte i, number i + 16 in its high one.
  ///   - scales: memory for the blocks' scales, one block's after the other's: d, m, and the bytes of each 32 weights (one
  ///     or two scales, then as many minima); or the scale and the minimum.
  ///   - blockCount: how many.
  package typealias Unpacker =
    @Sendable (
      _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
      _ blockCount: Int
    ) -> Void

  init(
    bitCount: Int, values: SIMD16<Int8>? = nil, hasMinimum: Bool = false, hasZeroPoint: Bool = false,
    hasSingleScale: Bool = false, scaleElementCount: Int = 32, unpack: @escaping Unpacker
  ) {
    self.bitCount = bitCount
    self.values = values
    self.hasMinimum = hasMinimum || hasZeroPoint
    self.hasZeroPoint = hasZeroPoint
    self.hasSingleScale = hasSingleScale
    self.scaleElementCount = scaleElementCount
    self.unpack = unpack
  }
}
