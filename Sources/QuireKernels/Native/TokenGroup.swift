import QuireKernelBodies

/// Consecutive tokens of a matmul that one half of the threads begins with: what these threads arranged they read
/// themselves, and nothing travels from one processor's cache to another's but what is left to others at the end.
struct TokenGroup {
  /// The group's first token.
  let firstToken: Int
  /// How its tokens are tiled.
  let tiles: TokenTiles

  var endToken: Int { firstToken + tiles.tokenCount }

  /// From this number of tokens on there are two groups: with fewer, reading all weights in each half of the threads
  /// takes longer than sharing the tokens.
  private static var leastTokenCount: Int { 48 }

  /// One group, or a lower and an upper half.
  static func groups(tokenCount: Int, greatestWidth: Int, threadCount: Int) -> [TokenGroup] {
    let count = threadCount > 1 && tokenCount >= leastTokenCount ? 2 : 1
    return (0..<count).map {
      let first = tokenCount * $0 / count
      let end = tokenCount * ($0 + 1) / count
      return TokenGroup(
        firstToken: first, tiles: TokenTiles(tokenCount: end - first, greatestWidth: greatestWidth))
    }
  }
}
