/// How the blocks of a quantised format come apart into integers q and their scales, for kernels that compute with these.
///
/// A block has a half d, and a half m where there are minima. In a block of 32 the scale of its weights is d, their minimum m.
/// In a larger block, each 32 weights have a scale and a minimum of their own: unsigned bytes times d and m; or, without
/// minima, each 16 or 32 weights have a scale: a signed byte times d.
package struct IntegerBlocks: Sendable {
  /// Bits of an integer as it is unpacked: 4 (0...15; weight = scale * (q - 8) without minima) or 8 (signed, 128 added).
  package let bitCount: Int
  /// Whether weight = scale * q + minimum; else weight = scale * q.
  package let hasMinimum: Bool
  /// Weights that share a scale: 16 or 32.
  package let scaleElementCount: Int
  /// Takes blocks apart.
  package let unpack: Unpacker

  /// Takes apart consecutive blocks of a row.
  ///
  /// - Parameters:
  ///   - source: the first block, at any address.
  ///   - integers: room for the blocks' integers, 32 after 32. Of 32 with 4 bits there are 16 bytes, number i in the
  ///     low nibble of byte i, number i + 16 in its high one.
  ///   - scales: room for the blocks' scales, one block's after the other's: d, m, and the bytes of each 32 weights (scale
  ///     and minimum, or one or two scales).
  ///   - blockCount: how many.
  package typealias Unpacker =
    @Sendable (
      _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
      _ blockCount: Int
    ) -> Void

  init(
    bitCount: Int, hasMinimum: Bool = false, scaleElementCount: Int = 32, unpack: @escaping Unpacker
  ) {
    self.bitCount = bitCount
    self.hasMinimum = hasMinimum
    self.scaleElementCount = scaleElementCount
    self.unpack = unpack
  }
}
