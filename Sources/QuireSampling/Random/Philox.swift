/// Philox4x32-10: a counter-based generator, a keyed bijection of 128-bit counters with no state to carry.
///
/// Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011; the tests
/// hold its published vectors.
package enum Philox {
  /// The four random words of a counter (least significant word first) under a key.
  package static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var counter = counter
    var key = key
    for _ in 0..<10 {
      let first = UInt64(counter.x) &* 0xD251_1F53
      let second = UInt64(counter.z) &* 0xCD9E_8D57
      counter = SIMD4(
        UInt32(truncatingIfNeeded: second >> 32) ^ counter.y ^ key.x, UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ counter.w ^ key.y, UInt32(truncatingIfNeeded: first))
      // Weyl sequences: the golden ratio and √3 − 1 in 32-bit fixed point.
      key.x &+= 0x9E37_79B9
      key.y &+= 0xBB67_AE85
    }
    return counter
  }

  /// The first two words for a 64-bit key, as one number.
  static func number(counter: SIMD4<UInt32>, key: UInt64) -> UInt64 {
    let words = words(counter: counter, key: SIMD2(UInt32(truncatingIfNeeded: key), UInt32(key >> 32)))
    return UInt64(words.y) << 32 | UInt64(words.x)
  }
}
