extension TensorFormat {
  /// The smallest number of a block becomes 0, the largest 15.
  static func encodeQ4_1(
    _ source: UnsafePointer<Float>, _ destination: UnsafeMutableRawPointer, _ blockCount: Int
  ) {
    for block in 0..<blockCount {
      let numbers = source + block * quantizedBlockElementCount
      let bytes = destination + block * BlockQ4_1.byteCount
      var (low, high) = (numbers[0], numbers[0])
      for index in 1..<32 {
        low = min(low, numbers[index])
        high = max(high, numbers[index])
      }
      let scale = (high - low) / 15
      let inverse = scale.reciprocalOrZero
      bytes.storeHalf(scale)
      bytes.storeHalf(low, 2)
      (bytes + BlockQ4_1.quantsOffset).storeNibbles { index in
        UInt8(truncatingIfNeeded: min(15, ((numbers[index] - low) * inverse + 0.5).truncatedToInt32))
      }
    }
  }
}
