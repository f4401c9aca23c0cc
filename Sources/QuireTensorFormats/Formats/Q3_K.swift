/// 256 elements in sixteen blocks of 16, `x[i] = d * (s[j] - 32) * (q[i] - 4)` for element `i` of block `j`.
///
/// Bytes: `hmask` 32 bytes (bit `k` of byte `i` is the third bit of element `i` of the `k`-th 32), `qs` 64 bytes with the low
/// two bits as in ``BlockQ2_K``, `s` of 6 bits (12), `d` half precision (2). Of `s`, the low four bits of the first and of
/// the last eight are the nibbles of bytes 0..<8; the high two of number `j` are bits `2 * (j / 4)` of byte `8 + j % 4` and
/// the bit after. 110 bytes.
package enum BlockQ3_K {
  /// The bytes of one super-block.
  package static let byteCount = 110
  /// The offset of the 64 bytes of low bits.
  package static let quantsOffset = 32
  /// The offset of the 12 bytes of scales.
  package static let scalesOffset = 96
  /// The offset of the half-precision scale `d`.
  package static let scaleOffset = 108
}

extension TensorFormat {
  /// Super-blocks of three-bit numbers around 4, with scales of two levels, see ``BlockQ3_K``.
  package static let q3_K = TensorFormat(
    name: "Q3_K", blockElementCount: superBlockElementCount, blockByteCount: BlockQ3_K.byteCount,
    ggmlType: 11, safetensorsType: nil, integers: integersQ3_K,
    decode: { decodeSuperBlocks($0, $1, $2, blockByteCount: BlockQ3_K.byteCount, integersQ3_K) })

  private static let integersQ3_K = IntegerBlocks(
    bitCount: 4, values: CodeValues.signed, scaleElementCount: 16, unpack: { unpackQ3_K($0, $1, $2, $3) })

  private static func unpackQ3_K(
    _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
    _ blockCount: Int
  ) {
    var (source, integers, scales) = (source, integers, scales)
    for _ in 0..<blockCount {
      scales.copyMemory(from: source + BlockQ3_K.scaleOffset, byteCount: 2)
      let sixBits = source + BlockQ3_K.scalesOffset
      for index in 0..<16 {
        let nibbles = sixBits.load(fromByteOffset: index % 8, as: UInt8.self)
        let low = index < 8 ? nibbles & 15 : nibbles >> 4
        let high = sixBits.load(fromByteOffset: 8 + index % 4, as: UInt8.self) >> UInt8(index / 4 * 2) & 3
        scales.storeBytes(of: Int8(low | high << 4) - 32, toByteOffset: 2 + index, as: Int8.self)
      }
      scales += 18
      let thirds = source.loadUnaligned(as: SIMD32<UInt8>.self)
      for block in 0..<8 {
        let third = (thirds &>> SIMD32(repeating: UInt8(block))) & SIMD32(repeating: 1)
        let threes = (source + BlockQ3_K.quantsOffset).twoBits(block: block) | third &<< 2
        // Code 8 stands for 0, the number 4.
        let codes = threes &+ SIMD32(repeating: 4)
        integers.storeBytes(of: codes.lowHalf | codes.highHalf &<< 4, as: SIMD16<UInt8>.self)
        integers += 16
      }
      source += BlockQ3_K.byteCount
    }
  }
}
