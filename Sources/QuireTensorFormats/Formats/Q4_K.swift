/// 256 elements in eight blocks of 32, `x[i] = d * s[j] * q[i] - m * t[j]` for element `i` of block `j`.
///
/// Bytes: `d` half precision (2), `m` half precision (2), `s` and `t` of 6 bits (12), `qs` 128 bytes; of each 32 of them the
/// low nibbles are one block, the high ones the next. 144 bytes.
package enum BlockQ4_K {
  /// The bytes of one super-block.
  package static let byteCount = 144
  /// The offset of the 6-bit scales and minima.
  package static let scalesOffset = 4
  /// The offset of the 128 bytes of nibbles.
  package static let quantsOffset = 16
}

extension TensorFormat {
  /// Super-blocks of nibbles, with scales and minima of two levels, see ``BlockQ4_K``.
  package static let q4_K = TensorFormat(
    name: "Q4_K", blockElementCount: superBlockElementCount, blockByteCount: BlockQ4_K.byteCount,
    ggmlType: 12, safetensorsType: nil, integers: integersQ4_K,
    decode: { decodeSuperBlocks($0, $1, $2, blockByteCount: BlockQ4_K.byteCount, integersQ4_K) },
    encode: { encodeQ4_K($0, $1, $2) })

  private static let integersQ4_K = IntegerBlocks(
    bitCount: 4, hasMinimum: true, unpack: { unpackQ4_K($0, $1, $2, $3) })

  private static func unpackQ4_K(
    _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
    _ blockCount: Int
  ) {
    var (source, integers, scales) = (source, integers, scales)
    for _ in 0..<blockCount {
      source.copyHalves(to: scales)
      (source + BlockQ4_K.scalesOffset).unpackSixBitScales(to: scales + 4)
      scales += 20
      for pair in 0..<4 {
        let bytes = source + BlockQ4_K.quantsOffset + pair * 32
        let first = bytes.loadUnaligned(as: SIMD16<UInt8>.self)
        let second = bytes.loadUnaligned(fromByteOffset: 16, as: SIMD16<UInt8>.self)
        let low = (first & SIMD16(repeating: 15)) | (second &<< SIMD16(repeating: 4))
        let high = (first &>> SIMD16(repeating: 4)) | (second & SIMD16(repeating: 0xF0))
        integers.storeBytes(of: low, as: SIMD16<UInt8>.self)
        integers.storeBytes(of: high, toByteOffset: 16, as: SIMD16<UInt8>.self)
        integers += 32
      }
      source += BlockQ4_K.byteCount
    }
  }
}
