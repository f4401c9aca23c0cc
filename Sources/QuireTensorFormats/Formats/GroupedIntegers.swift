// Blocks of 32 that no file holds: what GPTQ, AWQ and compressed-tensors store in several tensors is brought into them
// where it is none of ggml's formats, and packed from there.
//
// `x[i] = s * (q[i] + z)`. Bytes: the scale `s` in half or single precision, the integer `z` as a half, `q`: 16 bytes of
// nibbles as in `BlockQ4_0`, or 32 signed bytes with 128 added.

extension TensorFormat {
  /// Four-bit integers, a scale in half precision and a zero point.
  package static let grouped4: TensorFormat = grouped(
    "INT4_ZP", bitCount: 4, hasSingleScale: false, decode: { decodeGrouped($0, $1, $2, grouped4) })
  /// Four-bit integers, a scale in single precision and a zero point.
  package static let grouped4Single: TensorFormat = grouped(
    "INT4_ZP_F32", bitCount: 4, hasSingleScale: true, decode: { decodeGrouped($0, $1, $2, grouped4Single) })
  /// Eight-bit integers, a scale in half precision and a zero point.
  package static let grouped8: TensorFormat = grouped(
    "INT8_ZP", bitCount: 8, hasSingleScale: false, decode: { decodeGrouped($0, $1, $2, grouped8) })
  /// Eight-bit integers, a scale in single precision and a zero point.
  package static let grouped8Single: TensorFormat = grouped(
    "INT8_ZP_F32", bitCount: 8, hasSingleScale: true, decode: { decodeGrouped($0, $1, $2, grouped8Single) })

  /// The formats that are made of several tensors.
  package static let grouped: [TensorFormat] = [.grouped4, .grouped4Single, .grouped8, .grouped8Single]

  private static func grouped(
    _ name: String, bitCount: Int, hasSingleScale: Bool, decode: @escaping Decoder
  ) -> TensorFormat {
    let scaleByteCount = hasSingleScale ? 4 : 2
    let blockByteCount = scaleByteCount + 2 + 4 * bitCount
    return TensorFormat(
      name: name, blockElementCount: quantizedBlockElementCount, blockByteCount: blockByteCount,
      ggmlType: nil, safetensorsType: nil,
      integers: IntegerBlocks(
        bitCount: bitCount, hasZeroPoint: true, hasSingleScale: hasSingleScale,
        unpack: { source, integers, scales, blockCount in
          let numbersByteCount = scaleByteCount + 2
          for block in 0..<blockCount {
            let bytes = source + block * blockByteCount
            (scales + block * numbersByteCount).copyMemory(from: bytes, byteCount: numbersByteCount)
            (integers + block * 4 * bitCount).copyMemory(
              from: bytes + numbersByteCount, byteCount: 4 * bitCount)
          }
        }),
      decode: decode)
  }

  private static func decodeGrouped(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int,
    _ format: TensorFormat
  ) {
    guard let integers = format.integers else { return }
    let scaleByteCount = integers.hasSingleScale ? 4 : 2
    for block in 0..<blockCount {
      let bytes = source + block * format.blockByteCount
      let out = destination + block * quantizedBlockElementCount
      let scale = SIMD16(
        repeating: integers.hasSingleScale ? bytes.loadUnaligned(as: Float.self) : bytes.half(0))
      let zero = SIMD16(repeating: bytes.half(scaleByteCount))
      let quants = bytes + scaleByteCount + 2
      for part in 0..<2 {
        let numbers: SIMD16<Int32>
        if integers.bitCount == 4 {
          let (low, high) = quants.nibbles()
          numbers = part == 0 ? low : high
        } else {
          let eights = quants.loadUnaligned(fromByteOffset: part * 16, as: SIMD16<UInt8>.self)
          numbers = SIMD16(truncatingIfNeeded: eights) &- SIMD16(repeating: 128)
        }
        out.store((SIMD16<Float>(numbers) + zero) * scale, part * 16)
      }
    }
  }
}
