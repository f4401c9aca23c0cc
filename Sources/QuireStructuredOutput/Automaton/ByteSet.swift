/// A set of bytes, one bit each.
struct ByteSet: Equatable {
  var words: SIMD4<UInt64> = .zero

  mutating func insert(_ byte: UInt8) { words[Int(byte) >> 6] |= 1 << UInt64(byte & 63) }

  mutating func insert(_ bytes: ClosedRange<UInt8>) {
    for byte in bytes { insert(byte) }
  }

  func contains(_ byte: UInt8) -> Bool { words[Int(byte) >> 6] >> UInt64(byte & 63) & 1 == 1 }

  mutating func formUnion(_ other: ByteSet) { words |= other.words }

  func isDisjoint(with other: ByteSet) -> Bool { words & other.words == .zero }

  var isEmpty: Bool { words == .zero }
}
