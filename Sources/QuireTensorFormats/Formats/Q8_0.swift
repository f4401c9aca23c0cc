/// 32 elements `x[i] = d * qs[i]`.
///
/// Bytes: `d` half precision (2), `qs` 32 signed bytes. 34 bytes.
package enum BlockQ8_0 {
  /// The bytes of one block.
  package static let byteCount = 34
  /// The offset of the 32 signed bytes.
  package static let quantsOffset = 2
}

extension TensorFormat {
  /// Blocks of a half-precision scale and 32 signed bytes, see ``BlockQ8_0``.
  package static let q8_0 = TensorFormat(
    name: "Q8_0", blockElementCount: quantizedBlockElementCount, blockByteCount: BlockQ8_0.byteCount,
    ggmlType: 8, safetensorsType: nil,
    integers: IntegerBlocks(bitCount: 8, unpack: { unpackQ8_0($0, $1, $2, $3) }),
    decode: { decodeQ8_0($0, $1, $2) }, encode: { encodeQ8_0($0, $1, $2) })

  private static func unpackQ8_0(
    _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
    _ blockCount: Int
  ) {
    var (source, integers, scales) = (source, integers, scales)
    for _ in 0..<blockCount {
      scales.copyMemory(from: source, byteCount: 2)
      scales += 2
      let bytes = source.loadUnaligned(fromByteOffset: BlockQ8_0.quantsOffset, as: SIMD32<UInt8>.self)
      integers.storeBytes(of: bytes &+ SIMD32(repeating: 128), as: SIMD32<UInt8>.self)
      integers += 32
      source += BlockQ8_0.byteCount
    }
  }

  private static func decodeQ8_0(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int
  ) {
    for block in 0..<blockCount {
      let bytes = source + block * BlockQ8_0.byteCount
      let out = destination + block * quantizedBlockElementCount
      let scale = bytes.half(0)
      for part in 0..<2 {
        let quants = (bytes + BlockQ8_0.quantsOffset).loadUnaligned(
          fromByteOffset: part * 16, as: SIMD16<Int8>.self)
        out.store(
          SIMD16<Float>(SIMD16<Int32>(truncatingIfNeeded: quants)) * SIMD16(repeating: scale), part * 16)
      }
    }
  }
}
