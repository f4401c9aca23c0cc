/// 256 elements in sixteen blocks of 16, `x[i] = d * s[j] * q[i] - m * t[j]` for element `i` of block `j`.
///
/// Bytes: `s` and `t` of 4 bits, 16 bytes with `s` in the low nibble, `qs` 64 bytes, `d` and `m` half precision (4). Of each
/// 128 elements, which have 32 bytes of `qs`, element `i` of the first, second, third and fourth 32 is in bits 0, 2, 4, 6 of
/// `qs[i]` and the bit after. 84 bytes.
package enum BlockQ2_K {
  /// The bytes of one super-block.
  package static let byteCount = 84
  /// The offset of the 64 bytes of two-bit numbers.
  package static let quantsOffset = 16
  /// The offset of the half-precision scale `d`, after which `m` stands.
  package static let scaleOffset = 80
}

extension TensorFormat {
  /// Super-blocks of two-bit numbers, with scales and minima of two levels, see ``BlockQ2_K``.
  package static let q2_K = TensorFormat(
    name: "Q2_K", blockElementCount: superBlockElementCount, blockByteCount: BlockQ2_K.byteCount,
    ggmlType: 10, safetensorsType: nil, integers: integersQ2_K,
    decode: { decodeSuperBlocks($0, $1, $2, blockByteCount: BlockQ2_K.byteCount, integersQ2_K) })

  private static let integersQ2_K = IntegerBlocks(
    bitCount: 4, values: CodeValues.signed, hasMinimum: true, scaleElementCount: 16,
    unpack: { unpackQ2_K($0, $1, $2, $3) })

  private static func unpackQ2_K(
    _ source: UnsafeRawPointer, _ integers: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer,
    _ blockCount: Int
  ) {
    var (source, integers, scales) = (source, integers, scales)
    for _ in 0..<blockCount {
      (source + BlockQ2_K.scaleOffset).copyHalves(to: scales)
      scales += 4
      for block in 0..<8 {
        for half in 0..<2 {
          let pair = source.load(fromByteOffset: 2 * block + half, as: UInt8.self)
          scales.storeBytes(of: pair & 15, toByteOffset: half, as: UInt8.self)
          scales.storeBytes(of: pair >> 4, toByteOffset: 2 + half, as: UInt8.self)
        }
        scales += 4
        // Code 8 stands for 0.
        let twos = (source + BlockQ2_K.quantsOffset).twoBits(block: block) &+ SIMD32(repeating: 8)
        integers.storeBytes(of: twos.lowHalf | twos.highHalf &<< 4, as: SIMD16<UInt8>.self)
        integers += 16
      }
      source += BlockQ2_K.byteCount
    }
  }
}

extension UnsafeRawPointer {
  /// The 32 two-bit numbers of block `block` of the super-block whose 64 bytes of them are here.
  @inline(__always)
  func twoBits(block: Int) -> SIMD32<UInt8> {
    let (half, quarter) = block.quotientAndRemainder(dividingBy: 4)
    let bytes = loadUnaligned(fromByteOffset: half * 32, as: SIMD32<UInt8>.self)
    return (bytes &>> SIMD32(repeating: UInt8(2 * quarter))) & SIMD32(repeating: 3)
  }
}
