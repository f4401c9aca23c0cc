import QuireKernelBodies

/// Consecutive tokens of a matmul that one half of the threads begins with: what these threads arranged they read
/// themselves, and nothing travels from one processor's cache to another's but what is left to others at the end.
struct TokenGroup {
  /// The group's first token.
  let firstToken: Int
  /// How its tokens are tiled.
  let tiles: TokenTiles

  var endToken: Int { firstToken + tiles.tokenCount }
}

/// The tokens of a matmul in one group, or in a lower and an upper one with a small one between them.
///
/// Half of the threads go from the lower group on upwards, the others from the upper one downwards. They meet in the
/// middle, where both arranged something and either reads little of the other's.
struct TokenGroups {
  let lower: TokenGroup
  /// What both halves of the threads end with; may be empty.
  let middle: TokenGroup
  /// Empty where `lower` has all tokens.
  let upper: TokenGroup

  /// One tile of so many is in the middle, and the one that may be left.
  private static var middleShare: Int { 16 }

  /// - Parameter weightByteCount: bytes of the matrix, which several groups read again: few tokens do not pay for that
  ///   where it comes from far away.
  init(tokenCount: Int, greatestWidth: Int, threadCount: Int, weightByteCount: Int) {
    let leastTokenCount = weightByteCount <= 4 << 20 ? 48 : 128
    func group(_ tokens: Range<Int>) -> TokenGroup {
      TokenGroup(
        firstToken: tokens.lowerBound,
        tiles: TokenTiles(tokenCount: tokens.count, greatestWidth: greatestWidth))
    }
    guard threadCount > 1, tokenCount >= leastTokenCount else {
      lower = group(0..<tokenCount)
      middle = group(tokenCount..<tokenCount)
      upper = middle
      return
    }
    // As many tiles as one group has, and none of a few tokens, which are slow.
    let tileCount = (tokenCount + greatestWidth - 1) / greatestWidth
    let sideTileCount = (tileCount - tileCount / Self.middleShare) / 2
    let middleTileCount = tileCount - 2 * sideTileCount
    let leastMiddle = middleTileCount * max(1, greatestWidth - 2)
    let side = min(sideTileCount * greatestWidth, (tokenCount - leastMiddle) / 2)
    // Without a middle the upper group takes what two equal sides leave.
    let upperStart = middleTileCount == 0 ? side : tokenCount - side
    lower = group(0..<side)
    middle = group(side..<upperStart)
    upper = group(upperStart..<tokenCount)
  }

  /// Number of tokens of all groups.
  var tokenCount: Int { upper.endToken }
}
