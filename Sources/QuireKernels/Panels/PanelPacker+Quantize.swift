import QuireKernelBodies

extension PanelPacker {
  /// Symmetric, to -127...127; a row's greatest magnitude is 127 times its scale. A row with NaN or an infinity becomes
  /// zero.
  func packByRow(row: Int, lane: Int, _ base: UnsafeMutableRawPointer) -> Bool {
    let columnCount = rows.columnCount
    let blockCount = (columnCount + 31) / 32
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: blockCount * 32) { buffer in
      let values = buffer.baseAddress!
      let finite = rows.dequantizeIfFinite(row: row, to: values)
      (values + columnCount).update(repeating: 0, count: blockCount * 32 - columnCount)
      let numbers = UnsafePointer(values)
      let greatest = finite ? Self.greatestMagnitude(numbers, blockCount: blockCount) : 0
      let factor = quantizationFactor(greatest)
      rowScales[row] = quantizationScale(greatest)
      var target = base + lane * 4
      for block in 0..<blockCount {
        let low = Self.bytes(numbers.lanes16(block * 32), factor: factor)
        let high = Self.bytes(numbers.lanes16(block * 32 + 16), factor: factor)
        let integers = finite ? SIMD32(lowHalf: low, highHalf: high) : SIMD32(repeating: 128)
        let words = unsafeBitCast(integers, to: SIMD8<UInt32>.self)
        for group in 0..<8 {
          target.storeBytes(
            of: words[group], toByteOffset: group * PanelLayout.groupByteCount, as: UInt32.self)
        }
        target += PanelLayout.byteBlockByteCount
      }
      return finite
    }
  }

  /// The greatest of `32 * blockCount` finite numbers' magnitudes: as integers these have the order of the numbers.
  private static func greatestMagnitude(_ values: UnsafePointer<Float>, blockCount: Int) -> Float {
    var greatest = SIMD16<Int32>(repeating: 0)
    for index in 0..<2 * blockCount {
      let bits = unsafeBitCast(values.lanes16(index * 16), to: SIMD16<Int32>.self)
      let magnitudes = bits & SIMD16(repeating: .max)
      greatest.replace(with: magnitudes, where: magnitudes .> greatest)
    }
    return Float(bitPattern: UInt32(bitPattern: greatest.max()))
  }

  /// `value * factor`, of at most 127 in magnitude, to the nearest integer, ties to even, with 128 added.
  @inline(__always)
  private static func bytes(_ values: SIMD16<Float>, factor: Float) -> SIMD16<UInt8> {
    // Adding 1.5 * 2^23 rounds, and leaves the integer in the low bits.
    let shifted = values * SIMD16(repeating: factor) + SIMD16(repeating: 12_582_912)
    let bits = unsafeBitCast(shifted, to: SIMD16<UInt32>.self)
    return SIMD16<UInt8>(truncatingIfNeeded: bits) &+ SIMD16(repeating: 128)
  }
}
