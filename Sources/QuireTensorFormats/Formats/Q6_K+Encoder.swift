extension TensorFormat {
  /// Each 16 numbers have the scale with the smallest squared error; the scales of a super-block are signed bytes of a
  /// common one, the largest of them -128.
  static func encodeQ6_K(
    _ source: UnsafePointer<Float>, _ destination: UnsafeMutableRawPointer, _ blockCount: Int
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 16) { scales in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: superBlockElementCount) { wholes in
        for superBlock in 0..<blockCount {
          let numbers = source + superBlock * superBlockElementCount
          let bytes = destination + superBlock * BlockQ6_K.byteCount
          var largest: Float = 0
          for block in 0..<16 {
            scales[block] = sixBitScale(numbers + block * 16)
            if abs(scales[block]) > abs(largest) { largest = scales[block] }
          }
          let unit = bytes.storeHalf(largest / -128, BlockQ6_K.scaleOffset)
          for block in 0..<16 {
            let ratio = (scales[block] * unit.reciprocalOrZero).nearestWhole
            let scale = Int8(truncatingIfNeeded: (max(-128, min(127, ratio))).truncatedToInt32)
            bytes.storeBytes(of: scale, toByteOffset: BlockQ6_K.scalesOffset + block, as: Int8.self)
            let inverse = (Float(scale) * unit).reciprocalOrZero
            for index in block * 16..<block * 16 + 16 {
              let whole = max(-32, min(31, (numbers[index] * inverse).nearestWhole))
              wholes[index] = UInt8(truncatingIfNeeded: whole.truncatedToInt32 &+ 32)
            }
          }
          pack(wholes.baseAddress!, into: bytes)
        }
      }
    }
  }

  /// The scale of 16 numbers to whole ones in `-32...31`.
  @inline(__always)
  private static func sixBitScale(_ numbers: UnsafePointer<Float>) -> Float {
    let own = UnsafeRawPointer(numbers).loadUnaligned(as: SIMD16<Float>.self)
    let (low, high) = (own.smallest, own.largest)
    let largest = -low > high ? low : high
    guard largest != 0 else { return 0 }
    var (scale, best): (Float, Float) = (0, -1)
    // The even spacing first: of several that leave the same error it is the one whose scale rounds best.
    for turn in 0..<19 {
      let step = turn == 0 ? 0 : turn <= 9 ? -turn : turn - 9
      // The number of largest magnitude goes to the side that reaches to -32.
      let inverse = -(32 + Float(step) * 0.1) / largest
      let wholes = (own * inverse).whole(in: -32...31)
      let (products, squares) = ((wholes * own).total, wholes.squaredTotal)
      // With the best scale, products / squares, this is what is taken from the squared error.
      if squares > 0, products * products > best * squares * 1.000001 {
        best = products * products / squares
        scale = products / squares
      }
    }
    return scale
  }

  private static func pack(_ wholes: UnsafePointer<UInt8>, into bytes: UnsafeMutableRawPointer) {
    for half in 0..<2 {
      let first = wholes + half * 128
      for index in 0..<32 {
        let (a, b) = (first[index], first[index + 32])
        let (c, d) = (first[index + 64], first[index + 96])
        bytes.storeBytes(of: a & 15 | c << 4, toByteOffset: half * 64 + index, as: UInt8.self)
        bytes.storeBytes(of: b & 15 | d << 4, toByteOffset: half * 64 + 32 + index, as: UInt8.self)
        bytes.storeBytes(
          of: a >> 4 | (b >> 4) << 2 | (c >> 4) << 4 | (d >> 4) << 6,
          toByteOffset: BlockQ6_K.highBitsOffset + half * 32 + index, as: UInt8.self)
      }
    }
  }
}
