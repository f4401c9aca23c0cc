/// 32 elements `x[i] = d * v[q[i]]`, `v` being sixteen values that lie denser around zero.
///
/// Bytes: `d` half precision (2), `qs` 16 bytes of nibbles as in ``BlockQ4_0``. 18 bytes.
package enum BlockIQ4_NL {
  /// The bytes of one block.
  package static let byteCount = 18
  /// The offset of the 16 bytes of nibbles.
  package static let quantsOffset = 2
}

extension TensorFormat {
  /// Blocks of a half-precision scale and 32 codes of 4 bits, see ``BlockIQ4_NL``.
  package static let iq4_NL = TensorFormat(
    name: "IQ4_NL", blockElementCount: quantizedBlockElementCount, blockByteCount: BlockIQ4_NL.byteCount,
    ggmlType: 20, safetensorsType: nil,
    integers: IntegerBlocks(
      bitCount: 4, values: CodeValues.iq4, unpack: { q4_0.integers!.unpack($0, $1, $2, $3) }),
    decode: { decodeIQ4_NL($0, $1, $2) })

  private static func decodeIQ4_NL(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int
  ) {
    let values = CodeValues.iq4
    for block in 0..<blockCount {
      let bytes = source + block * BlockIQ4_NL.byteCount
      let out = destination + block * quantizedBlockElementCount
      let scale = SIMD16(repeating: bytes.half(0))
      let (low, high) = (bytes + BlockIQ4_NL.quantsOffset).codes(values)
      out.store(low * scale)
      out.store(high * scale, 16)
    }
  }
}
