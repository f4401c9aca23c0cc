/// 32 elements `x[i] = 2^(e - 128) * v[q[i]]`, `v` being twice the values of E2M1.
///
/// Bytes: `e` (1), `qs` 16 bytes of nibbles as in ``BlockQ4_0``. 17 bytes. ggml reads an `e` of 255, a NaN in the
/// specification, as 2^127, and so is it read here.
package enum BlockMXFP4 {
  /// The bytes of one block.
  package static let byteCount = 17
  /// The offset of the 16 bytes of nibbles.
  package static let quantsOffset = 1

  /// Half of what an exponent stands for, 2^(exponent - 128).
  @inline(__always)
  package static func halfScale(_ exponent: UInt8) -> Float {
    let exponent = UInt32(exponent)
    return Float(bitPattern: exponent < 2 ? 0x0020_0000 &<< exponent : (exponent &- 1) &<< 23)
  }
}

extension TensorFormat {
  /// Blocks of an exponent and 32 numbers of 4 bits, see ``BlockMXFP4``.
  package static let mxfp4 = TensorFormat(
    name: "MXFP4", blockElementCount: quantizedBlockElementCount, blockByteCount: BlockMXFP4.byteCount,
    ggmlType: 39, safetensorsType: nil,
    integers: IntegerBlocks(
      bitCount: 4, values: CodeValues.doubledE2M1, hasSingleScale: true,
      unpack: { unpackMXFP4($0, $1, $2, $3) }),
    decode: { decodeMXFP4($0, $1, $2) })

  private static func unpackMXFP4(
    _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
    _ blockCount: Int
  ) {
    var (source, integers, scales) = (source, integers, scales)
    for _ in 0..<blockCount {
      scales.storeBytes(of: BlockMXFP4.halfScale(source.load(as: UInt8.self)), as: Float.self)
      scales += 4
      integers.copyMemory(from: source + BlockMXFP4.quantsOffset, byteCount: 16)
      integers += 16
      source += BlockMXFP4.byteCount
    }
  }

  private static func decodeMXFP4(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int
  ) {
    let values = CodeValues.doubledE2M1
    for block in 0..<blockCount {
      let bytes = source + block * BlockMXFP4.byteCount
      let out = destination + block * quantizedBlockElementCount
      let scale = SIMD16(repeating: BlockMXFP4.halfScale(bytes.load(as: UInt8.self)))
      let (low, high) = (bytes + BlockMXFP4.quantsOffset).codes(values)
      out.store(low * scale)
      out.store(high * scale, 16)
    }
  }
}
