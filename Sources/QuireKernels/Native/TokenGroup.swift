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

/// The tokens of a matmul in one group, or in a lower and an upper one.
struct TokenGroups {
  let lower: TokenGroup
  /// What `lower` leaves; nil where it has all of them.
  let upper: TokenGroup?

  /// One group, or two: halves, or, where that makes fewer tiles, a lower one of whole tiles and what it leaves.
  ///
  /// - Parameter weightByteCount: bytes of the matrix, which two groups read twice: few tokens do not pay for that where
  ///   it comes from far away.
  init(tokenCount: Int, greatestWidth: Int, threadCount: Int, weightByteCount: Int) {
    let leastTokenCount = weightByteCount <= 4 << 20 ? 48 : 128
    func tiles(_ tokenCount: Int) -> TokenTiles {
      TokenTiles(tokenCount: tokenCount, greatestWidth: greatestWidth)
    }
    guard threadCount > 1, tokenCount >= leastTokenCount else {
      lower = TokenGroup(firstToken: 0, tiles: tiles(tokenCount))
      upper = nil
      return
    }
    var middle = tokenCount / 2
    let whole = middle / greatestWidth * greatestWidth
    let wholeTileCount = tiles(whole).count + tiles(tokenCount - whole).count
    if wholeTileCount < tiles(middle).count + tiles(tokenCount - middle).count { middle = whole }
    lower = TokenGroup(firstToken: 0, tiles: tiles(middle))
    upper = TokenGroup(firstToken: middle, tiles: tiles(tokenCount - middle))
  }

  /// 1 or 2.
  var count: Int { upper == nil ? 1 : 2 }

  /// All tokens.
  var tokenCount: Int { (upper ?? lower).endToken }

  /// The group of index 0 or 1.
  subscript(index: Int) -> TokenGroup { index == 0 ? lower : upper ?? lower }
}
