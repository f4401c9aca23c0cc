extension TensorFormat {
  /// The largest magnitude of a block becomes 127; halves are rounded away from zero.
  static func encodeQ8_0(
    _ source: UnsafePointer<Float>, _ destination: UnsafeMutableRawPointer, _ blockCount: Int
  ) {
    for block in 0..<blockCount {
      let numbers = source + block * quantizedBlockElementCount
      let bytes = destination + block * BlockQ8_0.byteCount
      let scale = abs(numbers.largest32()) / 127
      let inverse = scale.reciprocalOrZero
      bytes.storeHalf(scale)
      for index in 0..<32 {
        let value = numbers[index] * inverse
        let whole = value.truncatedToInt32
        let rest = value - Float(whole)
        let rounded = whole &+ (rest >= 0.5 ? 1 : 0) &- (rest <= -0.5 ? 1 : 0)
        bytes.storeBytes(of: Int8(truncatingIfNeeded: rounded), toByteOffset: 2 + index, as: Int8.self)
      }
    }
  }
}
