/// 32 elements `x[i] = d * q[i] + m`.
///
/// Bytes: `d` half precision (2), `m` half precision (2), `qs` 16 bytes with nibbles as in ``BlockQ4_0``. 20 bytes.
package enum BlockQ4_1 {
  /// The bytes of one block.
  package static let byteCount = 20
  /// The offset of the half-precision minimum `m`.
  package static let minimumOffset = 2
  /// The offset of the 16 bytes of nibbles.
  package static let quantsOffset = 4
}

extension TensorFormat {
  /// Blocks of a half-precision scale and minimum and 32 nibbles, see ``BlockQ4_1``.
  package static let q4_1 = TensorFormat(
    name: "Q4_1", blockElementCount: quantizedBlockElementCount, blockByteCount: BlockQ4_1.byteCount,
    ggmlType: 3, safetensorsType: nil,
    integers: IntegerBlocks(bitCount: 4, hasMinimum: true, unpack: { unpackQ4_1($0, $1, $2, $3) }),
    decode: { decodeQ4_1($0, $1, $2) }, encode: { encodeQ4_1($0, $1, $2) })

  private static func unpackQ4_1(
    _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
    _ blockCount: Int
  ) {
    var (source, integers, scales) = (source, integers, scales)
    for _ in 0..<blockCount {
      scales.copyMemory(from: source, byteCount: 4)
      scales += 4
      integers.copyMemory(from: source + BlockQ4_1.quantsOffset, byteCount: 16)
      integers += 16
      source += BlockQ4_1.byteCount
    }
  }

  private static func decodeQ4_1(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int
  ) {
    for block in 0..<blockCount {
      let bytes = source + block * BlockQ4_1.byteCount
      let out = destination + block * quantizedBlockElementCount
      let scale = SIMD16(repeating: bytes.half(0))
      let minimum = SIMD16(repeating: bytes.half(BlockQ4_1.minimumOffset))
      let (low, high) = (bytes + BlockQ4_1.quantsOffset).nibbles()
      out.store(SIMD16<Float>(low) * scale + minimum)
      out.store(SIMD16<Float>(high) * scale + minimum, 16)
    }
  }
}
