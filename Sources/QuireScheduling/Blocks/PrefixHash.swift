/// The hash that names the tokens from a sequence's start to the end of a block: that of the blocks before, with the
/// block's token ids mixed in.
///
/// For a given token each step is a bijection of 64 bits (an addition, a multiplication by an odd number, a shifted
/// exclusive or), so that blocks which differ in one token never have equal hashes.
struct PrefixHash: Sendable, Equatable {
  /// The hash before the first block; sequences that must not share blocks begin with other ones, and since each step is
  /// a bijection, equal tokens then never have equal hashes.
  static let root: UInt64 = 0

  /// Which bits of a hash count: all of them, but for tests that want collisions.
  let mask: UInt64

  init(mask: UInt64 = .max) { self.mask = mask }

  /// The hash at the end of a block whose predecessor ends with `parent`. O(tokens).
  func hash(_ tokenIDs: some Swift.Sequence<Int32>, after parent: UInt64) -> UInt64 {
    var state = parent
    for token in tokenIDs {
      // 2^64 divided by the golden ratio, which is odd and has its bits well spread.
      state = (state &+ UInt64(UInt32(bitPattern: token)) &+ 1) &* 0x9E37_79B9_7F4A_7C15
      state ^= state >> 32
    }
    return state & mask
  }
}
