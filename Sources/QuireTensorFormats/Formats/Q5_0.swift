/// 32 elements `x[i] = d * (q[i] - 16)`.
///
/// Bytes: `d` half precision (2), `qh` 32 bits (4, little endian; bit `i` is the fifth bit of element `i`),
/// `qs` 16 bytes with nibbles as in ``BlockQ4_0``. 22 bytes.
package enum BlockQ5_0 {
  /// The bytes of one block.
  package static let byteCount = 22
  /// The offset of the 32 fifth bits.
  package static let highBitsOffset = 2
  /// The offset of the 16 bytes of nibbles.
  package static let quantsOffset = 6
  /// What is taken from each five-bit number.
  package static let zeroPoint: Int32 = 16
}

extension TensorFormat {
  /// Blocks of a half-precision scale and 32 five-bit numbers around 16, see ``BlockQ5_0``.
  package static let q5_0 = TensorFormat(
    name: "Q5_0", blockElementCount: quantizedBlockElementCount, blockByteCount: BlockQ5_0.byteCount,
    ggmlType: 6, safetensorsType: nil,
    integers: IntegerBlocks(bitCount: 8, unpack: { unpackQ5_0($0, $1, $2, $3) }),
    decode: { decodeQ5_0($0, $1, $2) }, encode: { encodeQ5_0($0, $1, $2) })

  private static func unpackQ5_0(
    _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
    _ blockCount: Int
  ) {
    var (source, integers, scales) = (source, integers, scales)
    for _ in 0..<blockCount {
      scales.copyMemory(from: source, byteCount: 2)
      scales += 2
      let fives = (source + BlockQ5_0.quantsOffset).fiveBits(source + BlockQ5_0.highBitsOffset)
      // 128 less the zero point.
      integers.storeBytes(of: fives &+ SIMD32(repeating: 112), as: SIMD32<UInt8>.self)
      integers += 32
      source += BlockQ5_0.byteCount
    }
  }

  private static func decodeQ5_0(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int
  ) {
    let zero = SIMD16(repeating: BlockQ5_0.zeroPoint)
    for block in 0..<blockCount {
      let bytes = source + block * BlockQ5_0.byteCount
      let out = destination + block * quantizedBlockElementCount
      let scale = SIMD16(repeating: bytes.half(0))
      let (low, high) = (bytes + BlockQ5_0.quantsOffset).nibbles()
      let (lowFifth, highFifth) = (bytes + BlockQ5_0.highBitsOffset).fifthBits()
      out.store(SIMD16<Float>((low | lowFifth) &- zero) * scale)
      out.store(SIMD16<Float>((high | highFifth) &- zero) * scale, 16)
    }
  }
}
