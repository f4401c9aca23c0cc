/// How packed weights lie in memory: panels of 32 rows, lane = row.
///
/// A panel of a quantised format is its blocks' scales (`ScaleLayout`), then its blocks' weights. A block is 32 columns.
/// Weights of a block: of each group of four columns 32 rows x 4 bytes. In 4-bit formats the byte of columns 0..<16 holds the weight of column + 16 in its
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
  /// Bytes of a half for each row.
  @inlinable @inline(__always)
  public static var halvesByteCount: Int { rowCount * 2 }
}

/// How quantised activations lie in memory: tiles of a few tokens; in a tile of T tokens, of each block of 32 columns
/// T x 32 signed bytes, then of every four blocks T records of the blocks' numbers.
///
/// A record is a cache line long: four scales (fp32); four times scale * sum of the bytes (fp32); four times -8 * sum;
/// four times -128 * sum (Int32). The last record is as long where fewer blocks are left.
public enum ActivationLayout {
  /// Blocks of a record.
  @inlinable @inline(__always)
  public static var recordBlockCount: Int { 4 }
  /// Bytes of a record.
  @inlinable @inline(__always)
  public static var recordByteCount: Int { 64 }
  /// The distance from a block's scale in its record to its other three numbers.
  @inlinable @inline(__always)
  public static var productOffset: Int { 16 }
  /// See `productOffset`: -8 * sum.
  @inlinable @inline(__always)
  public static var nibbleCorrectionOffset: Int { 32 }
  /// See `productOffset`: -128 * sum.
  @inlinable @inline(__always)
  public static var byteCorrectionOffset: Int { 48 }

  /// Bytes of a token of `blockCount` blocks.
  @inlinable @inline(__always)
  public static func tokenByteCount(blockCount: Int) -> Int {
    blockCount * PanelLayout.blockColumnCount + (blockCount + 3) / recordBlockCount * recordByteCount
  }

  /// The distance from the numbers of block `block` of a tile of `tokenCount` tokens to those of the block
  /// after it.
  @inlinable @inline(__always)
  static func numbersStride(block: Int, tokenCount: Int) -> Int {
    block & 3 == 3 ? tokenCount * recordByteCount - 12 : 4
  }

  /// Tokens of a tile at most: twice six sums of integers and of totals leave eight of 32 registers.
  @inlinable @inline(__always)
  public static var tileTokenCount: Int { 6 }
}
