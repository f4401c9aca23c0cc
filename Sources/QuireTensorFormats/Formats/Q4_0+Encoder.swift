extension TensorFormat {
  /// The number of largest magnitude in a block becomes -8.
  static func encodeQ4_0(
    _ source: UnsafePointer<Float>, _ destination: UnsafeMutableRawPointer, _ blockCount: Int
  ) {
    for block in 0..<blockCount {
      let numbers = source + block * quantizedBlockElementCount
      let bytes = destination + block * BlockQ4_0.byteCount
      let scale = numbers.largest32() / -8
      let inverse = scale.reciprocalOrZero
      bytes.storeHalf(scale)
      (bytes + BlockQ4_0.quantsOffset).storeNibbles { index in
        UInt8(truncatingIfNeeded: min(15, (numbers[index] * inverse + 8.5).truncatedToInt32))
      }
    }
  }
}
