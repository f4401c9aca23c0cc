extension Row {
  /// Excludes every token whose bit is not set.
  ///
  /// - Parameter words: a bit a token, the lowest bit first; bits from `count` on are not looked at.
  func keepOnly(bits words: UnsafePointer<UInt64>) {
    for first in stride(from: 0, to: count, by: 64) {
      let word = words[first / 64]
      let last = min(first + 64, count)
      if word == .max { continue }
      if word == 0 {
        (values + first).update(repeating: -.infinity, count: last - first)
      } else if last - first < 64 {
        for index in first..<last where word >> UInt64(index - first) & 1 == 0 { values[index] = -.infinity }
      } else {
        for part in 0..<4 {
          keepOnly(bits: UInt16(truncatingIfNeeded: word >> (16 * part)), at: first + 16 * part)
        }
      }
    }
  }

  @inline(__always)
  private func keepOnly(bits: UInt16, at start: Int) {
    let places = SIMD16<UInt32>(
      1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)
    let isExcluded = (places & UInt32(bits)) .== SIMD16<UInt32>()
    let kept = load(start).replacing(with: Vector(repeating: -.infinity), where: isExcluded)
    UnsafeMutableRawPointer(values + start).storeBytes(of: kept, as: Vector.self)
  }
}
