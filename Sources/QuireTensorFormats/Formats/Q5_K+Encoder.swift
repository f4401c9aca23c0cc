extension TensorFormat {
  /// Scales and minima by ``ScaledRange``; nibbles as in Q4_K, the fifth bit of block `j` in bit `j` of the 32 bytes of
  /// high bits.
  static func encodeQ5_K(
    _ source: UnsafePointer<Float>, _ destination: UnsafeMutableRawPointer, _ blockCount: Int
  ) {
    for superBlock in 0..<blockCount {
      let bytes = destination + superBlock * BlockQ5_K.byteCount
      bytes.storeRanges(of: source + superBlock * superBlockElementCount, levels: 31) { block, wholes in
        let quants = (bytes + BlockQ5_K.quantsOffset + block / 2 * 32).assumingMemoryBound(to: UInt8.self)
        let high = (bytes + BlockQ5_K.highBitsOffset).assumingMemoryBound(to: UInt8.self)
        for index in 0..<32 {
          let nibble = wholes[index] & 15
          quants[index] = block % 2 == 0 ? nibble : quants[index] | nibble << 4
          high[index] = (block == 0 ? 0 : high[index]) | (wholes[index] >> 4) << UInt8(block)
        }
      }
    }
  }
}
