/// A set of bytes, one bit each.
struct ByteSet: Equatable {
  var words: SIMD4<UInt64> = .zero

  mutating func insert(_ byte: UInt8) { words[Int(byte) >> 6] |= 1 << UInt64(byte & 63) }

  mutating func insert(_ bytes: ClosedRange<UInt8>) {
    for word in Int(bytes.lowerBound >> 6)...Int(bytes.upperBound >> 6) {
      let lower = max(Int(bytes.lowerBound) - 64 * word, 0)
      let upper = min(Int(bytes.upperBound) - 64 * word, 63)
      words[word] |= (UInt64.max >> UInt64(63 - (upper - lower))) << UInt64(lower)
    }
  }

  func contains(_ byte: UInt8) -> Bool { words[Int(byte) >> 6] >> UInt64(byte & 63) & 1 == 1 }

  mutating func formUnion(_ other: ByteSet) { words |= other.words }

  func isDisjoint(with other: ByteSet) -> Bool { words & other.words == .zero }

  /// Calls `body` with each byte, ascending.
  func forEach(_ body: (UInt8) -> Void) {
    for word in 0..<4 {
      var rest = words[word]
      while rest != 0 {
        body(UInt8(64 * word + rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
  }

  var isEmpty: Bool { words == .zero }
}
