/// 256 elements in sixteen blocks of 16, `x[i] = d * s[j] * (q[i] - 32)` for element `i` of block `j`.
///
/// Bytes: `ql` 128, `qh` 64, `s` 16 signed bytes, `d` half precision (2). Of each 128 elements, which have 64 bytes of `ql`
/// and 32 of `qh`, element `i` of the first, second, third and fourth 32 has the low nibble of `ql[i]`, of `ql[i + 32]`, the
/// high nibble of `ql[i]`, of `ql[i + 32]`, and above it bits 0, 2, 4, 6 of `qh[i]` and the bit after. 210 bytes.
package enum BlockQ6_K {
  /// The bytes of one super-block.
  package static let byteCount = 210
  /// The offset of the 64 bytes of high bits.
  package static let highBitsOffset = 128
  /// The offset of the 16 signed scales.
  package static let scalesOffset = 192
  /// The offset of the half-precision scale `d`.
  package static let scaleOffset = 208
}

extension TensorFormat {
  /// Super-blocks of six-bit numbers around 32, with scales of two levels, see ``BlockQ6_K``.
  package static let q6_K = TensorFormat(
    name: "Q6_K", blockElementCount: superBlockElementCount, blockByteCount: BlockQ6_K.byteCount,
    ggmlType: 14, safetensorsType: nil, integers: integersQ6_K,
    decode: { decodeSuperBlocks($0, $1, $2, blockByteCount: BlockQ6_K.byteCount, integersQ6_K) },
    encode: { encodeQ6_K($0, $1, $2) })

  private static let integersQ6_K = IntegerBlocks(
    bitCount: 8, scaleElementCount: 16, unpack: { unpackQ6_K($0, $1, $2, $3) })

  private static func unpackQ6_K(
    _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
    _ blockCount: Int
  ) {
    // Eight bytes to a word: shifts of vectors of bytes become loops over single ones. What a shift brings over from the
    // next byte is masked out, and no sum leaves its byte.
    typealias Words = SIMD4<UInt64>
    func eachByte(_ byte: UInt64) -> Words { Words(repeating: byte &* 0x0101_0101_0101_0101) }
    var (source, integers, scales) = (source, integers, scales)
    for _ in 0..<blockCount {
      scales.copyMemory(from: source + BlockQ6_K.scaleOffset, byteCount: 2)
      (scales + 2).copyMemory(from: source + BlockQ6_K.scalesOffset, byteCount: 16)
      scales += 18
      for block in 0..<8 {
        let (half, quarter) = block.quotientAndRemainder(dividingBy: 4)
        let nibbles = source.loadUnaligned(fromByteOffset: half * 64 + quarter % 2 * 32, as: Words.self)
        let low = nibbles &>> Words(repeating: quarter < 2 ? 0 : 4) & eachByte(15)
        let highBits = source.loadUnaligned(
          fromByteOffset: BlockQ6_K.highBitsOffset + half * 32, as: Words.self)
        let high = highBits &>> Words(repeating: UInt64(2 * quarter)) & eachByte(3)
        // 128 less the zero point.
        integers.storeBytes(of: (low | high &<< Words(repeating: 4)) &+ eachByte(96), as: Words.self)
        integers += 32
      }
      source += BlockQ6_K.byteCount
    }
  }
}
