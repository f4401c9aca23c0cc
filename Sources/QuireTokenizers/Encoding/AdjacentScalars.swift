/// Which scalars stand next to each other within some piece, and may thus be joined.
///
/// Between two scalars that no piece has side by side a text can be cut before merging, and the merges stay the same:
/// no join reaches over such a place. A set of hashed bits; a wrong yes costs time and changes nothing.
struct AdjacentScalars: Sendable {
  private static let bitCount = 1 << 21
  private let words: FrozenBuffer<UInt64>

  /// The pairs within the matchable pieces of `pieces`; O(bytes).
  init(_ pieces: Vocabulary) {
    var words = [UInt64](repeating: 0, count: Self.bitCount / 64)
    for id in 0..<pieces.count where pieces.isMatchable(id) {
      let scanner = TextScanner(pieces.bytes(of: id))
      var position = 0
      var previous: UInt32?
      while position < scanner.count {
        let scalar = scanner.scalar(at: position)
        if let previous {
          let bit = Self.bit(previous, scalar)
          words[bit >> 6] |= 1 << UInt64(bit & 63)
        }
        previous = scalar
        position += scanner.scalarLength(at: position)
      }
    }
    self.words = FrozenBuffer(words)
  }

  /// Whether some piece may have `second` right after `first`.
  @inline(__always) func mayJoin(_ first: UInt32, _ second: UInt32) -> Bool {
    let bit = Self.bit(first, second)
    return words.pointer[bit >> 6] >> UInt64(bit & 63) & 1 != 0
  }

  @inline(__always) private static func bit(_ first: UInt32, _ second: UInt32) -> Int {
    let hash = (UInt64(first) << 32 | UInt64(second)) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: hash >> 43)
  }
}
