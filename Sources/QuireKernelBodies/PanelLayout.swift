/// How packed weights lie in memory: panels of 32 rows, lane = row.
///
/// A panel of a quantised format is its blocks' scales, then its blocks' weights. A block is 32 columns. Scales of a
/// block: 32 halves, then 32 minima (halves) in formats that have them. Weights of a block: of each group of four
/// columns 32 rows x 4 bytes. In 4-bit formats the byte of columns 0..<16 holds the weight of column + 16 in its
/// high nibble. 8-bit weights are signed, stored with 128 added.
public enum PanelLayout {
  /// Rows of a panel: two of the widest vectors, so that an activation read once feeds both.
  @inlinable @inline(__always)
  public static var rowCount: Int { 32 }
  /// Columns that share a scale.
  @inlinable @inline(__always)
  public static var blockColumnCount: Int { 32 }
  /// Bytes of four columns of 8-bit weights, or of twice four of 4-bit weights.
  @inlinable @inline(__always)
  public static var groupByteCount: Int { rowCount * 4 }
  /// Bytes of a block's 4-bit weights.
  @inlinable @inline(__always)
  public static var nibbleBlockByteCount: Int { groupByteCount * 4 }
  /// Bytes of a block's 8-bit weights.
  @inlinable @inline(__always)
  public static var byteBlockByteCount: Int { groupByteCount * 8 }
  /// Bytes of the scales, or of the minima, of a block's rows.
  @inlinable @inline(__always)
  public static var halvesByteCount: Int { rowCount * 2 }

  /// Bytes of a block's scales, and minima if it has them.
  @inlinable @inline(__always)
  public static func scaleByteCount(hasMinimum: Bool) -> Int {
    hasMinimum ? 2 * halvesByteCount : halvesByteCount
  }

  /// Bytes of the scales of all blocks of a panel; the weights follow, on a cache line.
  @inlinable @inline(__always)
  public static func scalesByteCount(blockCount: Int, hasMinimum: Bool) -> Int {
    (blockCount * scaleByteCount(hasMinimum: hasMinimum) + 63) & ~63
  }
}

/// How quantised activations lie in memory: tiles of a few tokens; in a tile, block after block of 32 columns.
///
/// A block of a tile of T tokens: T x 32 signed bytes; T scales (fp32); T times scale * sum of the bytes (fp32); T times
/// -8 * sum; T times -128 * sum (Int32). So a tile is read through one pointer, at constant offsets.
public enum ActivationLayout {
  /// Bytes of one token's part of a block.
  @inlinable @inline(__always)
  public static var blockByteCount: Int { 48 }

  /// Tokens of a tile at most: twice six sums of integers and of totals leave eight of 32 registers.
  @inlinable @inline(__always)
  public static var tileTokenCount: Int { 6 }
}
