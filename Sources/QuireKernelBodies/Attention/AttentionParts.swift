/// Consecutive new tokens of one sequence, whose rows an attention kernel computes.
public struct AttentionPart: BitwiseCopyable {
  /// The first of its rows among those of all parts.
  public var firstRow: Int
  /// The first token's place in the batch.
  public var token: Int
  /// Tokens to compute, at least 1.
  public var tokenCount: Int
  /// Absolute position of the first token.
  public var firstPosition: Int

  /// Describes `tokenCount` tokens from position `firstPosition` on.
  @inlinable @inline(__always)
  public init(firstRow: Int, token: Int, tokenCount: Int, firstPosition: Int) {
    self.firstRow = firstRow
    self.token = token
    self.tokenCount = tokenCount
    self.firstPosition = firstPosition
  }
}

/// Positions whose keys and values some consecutive rows read in the same blocks.
public struct AttentionPiece: BitwiseCopyable {
  /// The first of the rows.
  public var firstRow: Int
  /// The row after the last.
  public var endRow: Int
  /// The blocks in ascending position, from position 0 on.
  public var blockTable: UnsafePointer<Int32>
  /// The first of the positions.
  public var start: Int
  /// The position after the last.
  public var end: Int
  /// The least position of a token among the rows, which sees most of the beginning where there is a window.
  public var leastPosition: Int
  /// Whether the rows are single tokens, which read each key and value once: then memory that comes next is asked for. The
  /// rows of a prompt read theirs many times, so that they are near.
  public var isReadOnce: Bool

  /// Describes what rows `firstRow..<endRow` read at the positions `start..<end`.
  @inlinable @inline(__always)
  public init(
    firstRow: Int, endRow: Int, blockTable: UnsafePointer<Int32>, start: Int, end: Int, leastPosition: Int,
    isReadOnce: Bool
  ) {
    self.firstRow = firstRow
    self.endRow = endRow
    self.blockTable = blockTable
    self.start = start
    self.end = end
    self.leastPosition = leastPosition
    self.isReadOnce = isReadOnce
  }

  /// The first position that one of the rows sees through `window`.
  @inlinable @inline(__always)
  func firstSeen(window: Int) -> Int { Swift.max(start, leastPosition - (window - 1)) }
}

/// Keys of one head in consecutive blocks of a sequence, to be asked for before they are needed.
public struct KeyRun: BitwiseCopyable {
  /// The first of the blocks.
  public var blockTable: UnsafePointer<Int32>
  /// Blocks; 0 for none.
  public var blockCount: Int
  /// Where in a block the head's keys start.
  public var keyByteOffset: Int

  /// Names the keys of `blockCount` blocks.
  @inlinable @inline(__always)
  public init(blockTable: UnsafePointer<Int32>, blockCount: Int, keyByteOffset: Int) {
    self.blockTable = blockTable
    self.blockCount = blockCount
    self.keyByteOffset = keyByteOffset
  }
}
