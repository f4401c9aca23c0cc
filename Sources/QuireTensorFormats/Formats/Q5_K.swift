/// 256 elements in eight blocks of 32, `x[i] = d * s[j] * q[i] - m * t[j]` for element `i` of block `j`.
///
/// Bytes: `d`, `m`, `s` and `t` as in ``BlockQ4_K`` (16), `qh` 32 bytes (bit `j` of byte `i` is the fifth bit of element `i`
/// of block `j`), `qs` 128 bytes with nibbles as in ``BlockQ4_K``. 176 bytes.
package enum BlockQ5_K {
  /// The bytes of one super-block.
  package static let byteCount = 176
  /// The offset of the 6-bit scales and minima.
  package static let scalesOffset = 4
  /// The offset of the 32 bytes of fifth bits.
  package static let highBitsOffset = 16
  /// The offset of the 128 bytes of nibbles.
  package static let quantsOffset = 48
}

extension TensorFormat {
  /// Super-blocks of five-bit numbers, with scales and minima of two levels, see ``BlockQ5_K``.
  package static let q5_K = TensorFormat(
    name: "Q5_K", blockElementCount: superBlockElementCount, blockByteCount: BlockQ5_K.byteCount,
    ggmlType: 13, safetensorsType: nil, integers: integersQ5_K,
    decode: { decodeSuperBlocks($0, $1, $2, blockByteCount: BlockQ5_K.byteCount, integersQ5_K) },
    encode: { encodeQ5_K($0, $1, $2) })

  private static let integersQ5_K = IntegerBlocks(
    bitCount: 8, hasMinimum: true, unpack: { unpackQ5_K($0, $1, $2, $3) })

  private static func unpackQ5_K(
    _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
    _ blockCount: Int
  ) {
    typealias Bytes = SIMD32<UInt8>
    var (source, integers, scales) = (source, integers, scales)
    for _ in 0..<blockCount {
      source.copyHalves(to: scales)
      (source + BlockQ5_K.scalesOffset).unpackSixBitScales(to: scales + 4)
      scales += 20
      let fifths = source.loadUnaligned(fromByteOffset: BlockQ5_K.highBitsOffset, as: Bytes.self)
      for block in 0..<8 {
        let nibbles = source.loadUnaligned(
          fromByteOffset: BlockQ5_K.quantsOffset + block / 2 * 32, as: Bytes.self)
        let low = block & 1 == 0 ? nibbles & Bytes(repeating: 15) : nibbles &>> Bytes(repeating: 4)
        let fifth = (fifths &>> Bytes(repeating: UInt8(block))) & Bytes(repeating: 1)
        let fives = low | (fifth &<< Bytes(repeating: 4))
        integers.storeBytes(of: fives &+ Bytes(repeating: 128), as: Bytes.self)
        integers += 32
      }
      source += BlockQ5_K.byteCount
    }
  }
}
