extension TensorFormat {
  /// The number of largest magnitude in a block becomes -16.
  static func encodeQ5_0(
    _ source: UnsafePointer<Float>, _ destination: UnsafeMutableRawPointer, _ blockCount: Int
  ) {
    for block in 0..<blockCount {
      let numbers = source + block * quantizedBlockElementCount
      let bytes = destination + block * BlockQ5_0.byteCount
      let scale = numbers.largest32() / -16
      let inverse = scale.reciprocalOrZero
      func number(_ index: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: min(31, (numbers[index] * inverse + 16.5).truncatedToInt32))
      }
      bytes.storeHalf(scale)
      var highBits: UInt32 = 0
      for index in 0..<32 { highBits |= (number(index) >> 4) << UInt32(index) }
      bytes.storeBytes(of: highBits, toByteOffset: BlockQ5_0.highBitsOffset, as: UInt32.self)
      (bytes + BlockQ5_0.quantsOffset).storeNibbles { UInt8(truncatingIfNeeded: number($0) & 15) }
    }
  }
}
