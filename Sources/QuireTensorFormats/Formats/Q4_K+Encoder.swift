extension TensorFormat {
  /// Scales and minima by ``ScaledRange``; of each 32 bytes the low nibbles are one block, the high ones the next.
  static func encodeQ4_K(
    _ source: UnsafePointer<Float>, _ destination: UnsafeMutableRawPointer, _ blockCount: Int
  ) {
    for superBlock in 0..<blockCount {
      let bytes = destination + superBlock * BlockQ4_K.byteCount
      bytes.storeRanges(of: source + superBlock * superBlockElementCount, levels: 15) { block, wholes in
        let quants = (bytes + BlockQ4_K.quantsOffset + block / 2 * 32).assumingMemoryBound(to: UInt8.self)
        for index in 0..<32 {
          quants[index] = block % 2 == 0 ? wholes[index] : quants[index] | wholes[index] << 4
        }
      }
    }
  }
}
