/// How a number of tokens is split into tiles: some wide ones, then some narrow ones, as few as there can be.
///
/// What is computed for a token does not depend on its tile.
public struct TokenTiles: BitwiseCopyable {
  /// All tokens; at least 1.
  public let tokenCount: Int
  /// Number of tiles, wide and narrow ones together.
  public let count: Int
  /// Tokens of a wide tile.
  public let wideWidth: Int
  /// Wide tiles, the first ones.
  public let wideCount: Int
  /// Tokens of each of the others.
  public let narrowWidth: Int

  /// Splits `tokenCount` tokens into tiles of at most `greatestWidth`.
  ///
  /// As many as can be are of the greatest width, the fastest, where the rest makes one or two tiles that are narrower by
  /// two tokens at most; else all are as even as can be.
  @inlinable @inline(__always)
  public init(tokenCount: Int, greatestWidth: Int) {
    self.tokenCount = tokenCount
    count = (tokenCount + greatestWidth - 1) / greatestWidth
    let full = tokenCount / greatestWidth
    let rest = tokenCount - full * greatestWidth
    let half = (greatestWidth + rest) / 2
    if rest == 0 || rest >= greatestWidth - 2 {
      wideWidth = greatestWidth
      wideCount = full
      narrowWidth = rest == 0 ? greatestWidth : rest
    } else if full > 0 && 2 * half == greatestWidth + rest && half >= greatestWidth - 2 {
      wideWidth = greatestWidth
      wideCount = full - 1
      narrowWidth = half
    } else {
      narrowWidth = tokenCount / count
      wideWidth = narrowWidth + 1
      wideCount = tokenCount - narrowWidth * count
    }
  }

  /// The first token of tile `tile`; that of tile `count` is `tokenCount`.
  @inlinable @inline(__always)
  public func firstToken(ofTile tile: Int) -> Int {
    tile < wideCount ? tile * wideWidth : wideCount * wideWidth + (tile - wideCount) * narrowWidth
  }

  /// Tokens of tile `tile`.
  @inlinable @inline(__always)
  public func width(ofTile tile: Int) -> Int { tile < wideCount ? wideWidth : narrowWidth }

  /// The tile that holds token `token`.
  @inlinable @inline(__always)
  public func tile(ofToken token: Int) -> Int {
    let wideTokenCount = wideCount * wideWidth
    return token < wideTokenCount ? token / wideWidth : wideCount + (token - wideTokenCount) / narrowWidth
  }
}
