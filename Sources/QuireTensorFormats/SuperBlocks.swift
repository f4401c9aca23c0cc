// What the formats in super-blocks of 256 share: ggml's "K-quants". Their scales have two levels.

/// The elements of one super-block: ggml's `QK_K`.
package let superBlockElementCount = 256

extension TensorFormat {
  /// Writes super-blocks as single precision, from the integers and scales that kernels compute with: scale * q, and
  /// minimum added; scale and minimum are exact products of an integer and a half.
  static func decodeSuperBlocks(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ blockCount: Int,
    blockByteCount: Int, _ integers: IntegerBlocks
  ) {
    withUnsafeTemporaryAllocation(byteCount: superBlockElementCount + 64, alignment: 16) { buffer in
      let numbers = buffer.baseAddress!
      let scales = numbers + superBlockElementCount
      for block in 0..<blockCount {
        integers.unpack(source + block * blockByteCount, numbers, scales, 1)
        let halves = UnsafeRawPointer(scales)
        let bytes = halves + (integers.hasMinimum ? 4 : 2)
        // Scales of 32 elements, then as many minima.
        let scaleCount = 32 / integers.scaleElementCount
        for part in 0..<superBlockElementCount / 16 {
          let out = destination + block * superBlockElementCount + part * 16
          let (pair, half) = part.quotientAndRemainder(dividingBy: 2)
          let place = integers.scaleElementCount == 16 ? half : 0
          if integers.hasMinimum {
            let own = bytes + pair * 2 * scaleCount + place
            let scale = Float(own.load(as: UInt8.self)) * halves.half(0)
            let minimum = Float(own.load(fromByteOffset: scaleCount, as: UInt8.self)) * halves.half(2)
            out.store(
              sixteen(numbers, part, integers) * SIMD16(repeating: scale) + SIMD16(repeating: minimum))
          } else {
            let own = bytes + pair * scaleCount + place
            let scale = Float(own.load(as: Int8.self)) * halves.half(0)
            out.store(sixteen(numbers, part, integers) * SIMD16(repeating: scale))
          }
        }
      }
    }
  }

  /// The integers of the sixteen elements of part `part`.
  @inline(__always)
  private static func sixteen(
    _ numbers: UnsafeRawPointer, _ part: Int, _ integers: IntegerBlocks
  ) -> SIMD16<Float> {
    if integers.bitCount == 4 {
      let (low, high) = (numbers + part / 2 * 16).nibbles()
      let codes = part & 1 == 0 ? low : high
      return integers.values?.floats(codes) ?? SIMD16<Float>(codes)
    }
    let bytes = numbers.loadUnaligned(fromByteOffset: part * 16, as: SIMD16<UInt8>.self)
    return SIMD16<Float>(SIMD16<Int32>(truncatingIfNeeded: bytes) &- SIMD16(repeating: 128))
  }
}

extension UnsafeRawPointer {
  /// Unpacks the eight 6-bit scales and minima of the 12 bytes here, each scale with its minimum after it.
  ///
  /// Bytes 0..<4 hold the first four scales and bytes 4..<8 the first four minima, in their low six bits. Of the others
  /// the low four bits are in bytes 8..<12 (scales in the low nibbles), the high two at the top of bytes 0..<8.
  func unpackSixBitScales(to scales: UnsafeMutableRawPointer) {
    func byte(_ index: Int) -> UInt8 { load(fromByteOffset: index, as: UInt8.self) }
    for index in 0..<4 {
      scales.storeBytes(of: byte(index) & 63, toByteOffset: 2 * index, as: UInt8.self)
      scales.storeBytes(of: byte(index + 4) & 63, toByteOffset: 2 * index + 1, as: UInt8.self)
      let scale = byte(index + 8) & 15 | (byte(index) >> 6) << 4
      let minimum = byte(index + 8) >> 4 | (byte(index + 4) >> 6) << 4
      scales.storeBytes(of: scale, toByteOffset: 2 * index + 8, as: UInt8.self)
      scales.storeBytes(of: minimum, toByteOffset: 2 * index + 9, as: UInt8.self)
    }
  }

  /// Copies the halves d and m of a super-block, m with its sign turned: what a file subtracts kernels add.
  @inline(__always)
  func copyHalves(to scales: UnsafeMutableRawPointer) {
    scales.storeBytes(of: loadUnaligned(as: UInt16.self), as: UInt16.self)
    let minimum = loadUnaligned(fromByteOffset: 2, as: UInt16.self)
    scales.storeBytes(of: minimum ^ 0x8000, toByteOffset: 2, as: UInt16.self)
  }
}
