/// 32 elements `x[i] = d * (q[i] - 8)`.
///
/// Bytes: `d` half precision (2), `qs` 16 bytes; the low nibble of byte `i` is element `i`, the high one element `i + 16`. 18 bytes.
package enum BlockQ4_0 {
  /// The bytes of one block.
  package static let byteCount = 18
  /// The offset of the 16 bytes of nibbles.
  package static let quantsOffset = 2
  /// What is taken from each nibble.
  package static let zeroPoint: Int32 = 8
}

extension TensorFormat {
  /// Blocks of a half-precision scale and 32 nibbles around 8, see ``BlockQ4_0``.
  package static let q4_0 = TensorFormat(
    name: "Q4_0", blockElementCount: quantizedBlockElementCount, blockByteCount: BlockQ4_0.byteCount,
    ggmlType: 2, safetensorsType: nil,
    integers: IntegerBlocks(bitCount: 4, unpack: { unpackQ4_0($0, $1, $2, $3) }),
    decode: { decodeQ4_0($0, $1, $2) }, encode: { encodeQ4_0($0, $1, $2) })

  private static func unpackQ4_0(
    _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
    _ blockCount: Int
  ) {
    var (source, integers, scales) = (source, integers, scales)
    for _ in 0..<blockCount {
      scales.copyMemory(from: source, byteCount: 2)
      scales += 2
      integers.copyMemory(from: source + BlockQ4_0.quantsOffset, byteCount: 16)
      integers += 16
      source += BlockQ4_0.byteCount
    }
  }

  private static func decodeQ4_0(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int
  ) {
    let zero = SIMD16(repeating: BlockQ4_0.zeroPoint)
    for block in 0..<blockCount {
      let bytes = source + block * BlockQ4_0.byteCount
      let out = destination + block * quantizedBlockElementCount
      let scale = SIMD16(repeating: bytes.half(0))
      let (low, high) = (bytes + BlockQ4_0.quantsOffset).nibbles()
      out.store(SIMD16<Float>(low &- zero) * scale)
      out.store(SIMD16<Float>(high &- zero) * scale, 16)
    }
  }
}
