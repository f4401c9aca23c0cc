import QuireKernelBodies

/// Consecutive tokens of a matmul that one half of the threads begins with: what these threads arranged they read
/// themselves, and nothing travels from one processor's cache to another's but what is left to others at the end.
struct TokenGroup {
  /// The group's first token.
  let firstToken: Int
  /// How its tokens are tiled.
  let tiles: TokenTiles

  var endToken: Int { firstToken + tiles.tokenCount }

  /// One group, or a lower and an upper half.
  ///
  /// - Parameter weightByteCount: bytes of the matrix, which two groups read twice: few tokens do not pay for that where
  ///   it comes from far away.
  static func groups(
    tokenCount: Int, greatestWidth: Int, threadCount: Int, weightByteCount: Int
  ) -> [TokenGroup] {
    let leastTokenCount = weightByteCount <= 4 << 20 ? 48 : 128
    let count = threadCount > 1 && tokenCount >= leastTokenCount ? 2 : 1
    return (0..<count).map {
      let first = tokenCount * $0 / count
      let end = tokenCount * ($0 + 1) / count
      return TokenGroup(
        firstToken: first, tiles: TokenTiles(tokenCount: end - first, greatestWidth: greatestWidth))
    }
  }
}
