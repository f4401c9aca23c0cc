/// 32 elements `x[i] = d * q[i] + m`.
///
/// Bytes: `d` half precision (2), `m` half precision (2), `qh` 32 bits as in ``BlockQ5_0`` (4), `qs` 16 bytes of nibbles. 24 bytes.
package enum BlockQ5_1 {
  /// The bytes of one block.
  package static let byteCount = 24
  /// The offset of the half-precision minimum `m`.
  package static let minimumOffset = 2
  /// The offset of the 32 fifth bits.
  package static let highBitsOffset = 4
  /// The offset of the 16 bytes of nibbles.
  package static let quantsOffset = 8
}

extension TensorFormat {
  /// Blocks of a half-precision scale and minimum and 32 five-bit numbers, see ``BlockQ5_1``.
  package static let q5_1 = TensorFormat(
    name: "Q5_1", blockElementCount: quantizedBlockElementCount, blockByteCount: BlockQ5_1.byteCount,
    ggmlType: 7, safetensorsType: nil,
    integers: IntegerBlocks(bitCount: 8, hasMinimum: true, unpack: { unpackQ5_1($0, $1, $2, $3) }),
    decode: { decodeQ5_1($0, $1, $2) }, encode: { encodeQ5_1($0, $1, $2) })

  private static func unpackQ5_1(
    _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
    _ blockCount: Int
  ) {
    var (source, integers, scales) = (source, integers, scales)
    for _ in 0..<blockCount {
      scales.copyMemory(from: source, byteCount: 4)
      scales += 4
      let fives = (source + BlockQ5_1.quantsOffset).fiveBits(source + BlockQ5_1.highBitsOffset)
      integers.storeBytes(of: fives &+ SIMD32(repeating: 128), as: SIMD32<UInt8>.self)
      integers += 32
      source += BlockQ5_1.byteCount
    }
  }

  private static func decodeQ5_1(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int
  ) {
    for block in 0..<blockCount {
      let bytes = source + block * BlockQ5_1.byteCount
      let out = destination + block * quantizedBlockElementCount
      let scale = SIMD16(repeating: bytes.half(0))
      let minimum = SIMD16(repeating: bytes.half(BlockQ5_1.minimumOffset))
      let (low, high) = (bytes + BlockQ5_1.quantsOffset).nibbles()
      let (lowFifth, highFifth) = (bytes + BlockQ5_1.highBitsOffset).fifthBits()
      out.store(SIMD16<Float>(low | lowFifth) * scale + minimum)
      out.store(SIMD16<Float>(high | highFifth) * scale + minimum, 16)
    }
  }
}
