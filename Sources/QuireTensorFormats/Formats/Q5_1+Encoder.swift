extension TensorFormat {
  /// The smallest number of a block becomes 0, the largest 31.
  static func encodeQ5_1(
    _ source: UnsafePointer<Float>, _ destination: UnsafeMutableRawPointer, _ blockCount: Int
  ) {
    for block in 0..<blockCount {
      let numbers = source + block * quantizedBlockElementCount
      let bytes = destination + block * BlockQ5_1.byteCount
      var (low, high) = (numbers[0], numbers[0])
      for index in 1..<32 {
        low = min(low, numbers[index])
        high = max(high, numbers[index])
      }
      let scale = (high - low) / 31
      let inverse = scale.reciprocalOrZero
      func number(_ index: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: ((numbers[index] - low) * inverse + 0.5).truncatedToInt32)
      }
      bytes.storeHalf(scale)
      bytes.storeHalf(low, BlockQ5_1.minimumOffset)
      var highBits: UInt32 = 0
      for index in 0..<32 { highBits |= (number(index) >> 4 & 1) << UInt32(index) }
      bytes.storeBytes(of: highBits, toByteOffset: BlockQ5_1.highBitsOffset, as: UInt32.self)
      (bytes + BlockQ5_1.quantsOffset).storeNibbles { UInt8(truncatingIfNeeded: number($0) & 15) }
    }
  }
}
