/// 256 elements in eight blocks of 32, `x[i] = d * (s[j] - 32) * v[q[i]]` for element `i` of block `j`, with the values `v`
/// of ``BlockIQ4_NL``.
///
/// Bytes: `d` half precision (2), the high two bits of the eight `s` (2, little endian, block 0 lowest), their low four bits
/// (4, the even block in the low nibble), `qs` 128 bytes, 16 for each block, with nibbles as in ``BlockQ4_0``. 136 bytes.
package enum BlockIQ4_XS {
  /// The bytes of one super-block.
  package static let byteCount = 136
  /// The offset of the scales' high bits.
  package static let highScalesOffset = 2
  /// The offset of the scales' low bits.
  package static let lowScalesOffset = 4
  /// The offset of the 128 bytes of nibbles.
  package static let quantsOffset = 8
}

extension TensorFormat {
  /// Super-blocks of 4-bit codes, with scales of two levels, see ``BlockIQ4_XS``.
  package static let iq4_XS = TensorFormat(
    name: "IQ4_XS", blockElementCount: superBlockElementCount, blockByteCount: BlockIQ4_XS.byteCount,
    ggmlType: 23, safetensorsType: nil, integers: integersIQ4_XS,
    decode: { decodeSuperBlocks($0, $1, $2, blockByteCount: BlockIQ4_XS.byteCount, integersIQ4_XS) })

  private static let integersIQ4_XS = IntegerBlocks(
    bitCount: 4, values: CodeValues.iq4, unpack: { unpackIQ4_XS($0, $1, $2, $3) })

  private static func unpackIQ4_XS(
    _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
    _ blockCount: Int
  ) {
    var (source, integers, scales) = (source, integers, scales)
    for _ in 0..<blockCount {
      scales.copyMemory(from: source, byteCount: 2)
      let high = Int32(source.loadUnaligned(fromByteOffset: BlockIQ4_XS.highScalesOffset, as: UInt16.self))
      let low = source.loadUnaligned(fromByteOffset: BlockIQ4_XS.lowScalesOffset, as: Int32.self)
      for block in 0..<8 {
        let scale = (low >> Int32(4 * block)) & 15 | ((high >> Int32(2 * block)) & 3) << 4
        scales.storeBytes(of: Int8(truncatingIfNeeded: scale - 32), toByteOffset: 2 + block, as: Int8.self)
      }
      scales += 10
      integers.copyMemory(from: source + BlockIQ4_XS.quantsOffset, byteCount: 128)
      integers += 128
      source += BlockIQ4_XS.byteCount
    }
  }
}
