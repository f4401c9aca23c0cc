/// How a number of tokens is split into tiles, as even as can be: some wide ones, then some of one token less.
///
/// What is computed for a token does not depend on its tile.
public struct TokenTiles: BitwiseCopyable {
  /// All tokens; at least 1.
  public let tokenCount: Int
  /// All tiles.
  public let count: Int
  /// Tokens of a narrow tile.
  public let narrowWidth: Int
  /// Tiles of `narrowWidth + 1` tokens; the first ones.
  public let wideCount: Int

  /// Splits `tokenCount` tokens into as few tiles of at most `greatestWidth` as there can be.
  @inlinable @inline(__always)
  public init(tokenCount: Int, greatestWidth: Int) {
    self.tokenCount = tokenCount
    count = (tokenCount + greatestWidth - 1) / greatestWidth
    narrowWidth = tokenCount / count
    wideCount = tokenCount - narrowWidth * count
  }

  /// The first token of tile `tile`; that of tile `count` is `tokenCount`.
  @inlinable @inline(__always)
  public func firstToken(ofTile tile: Int) -> Int { tile * narrowWidth + min(tile, wideCount) }

  /// Tokens of tile `tile`.
  @inlinable @inline(__always)
  public func width(ofTile tile: Int) -> Int { narrowWidth + (tile < wideCount ? 1 : 0) }

  /// The tile that holds token `token`.
  @inlinable @inline(__always)
  public func tile(ofToken token: Int) -> Int {
    let wideTokenCount = wideCount * (narrowWidth + 1)
    return token < wideTokenCount
      ? token / (narrowWidth + 1) : wideCount + (token - wideTokenCount) / narrowWidth
  }
}
