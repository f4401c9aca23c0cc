/// What the scales of a panel of integers are, and where they lie: before the panel's weights, one group of blocks after
/// the other, of each first the halves of its rows, then of each of its blocks the bytes.
///
/// One level: a group is a block, its halves the scale, and the minimum where there are minima. Two levels: a block's
/// scale (and minimum) is an integer, one of the block's bytes, times the group's half. With minima a block's bytes are
/// a scale and a minimum, both unsigned; without, one signed scale for each `columnCount` columns.
public struct ScaleLayout: Sendable, Hashable, BitwiseCopyable {
  /// Whether weights have minima, added to them.
  public let hasMinimum: Bool
  /// Whether a row has one scale, which lies beside the panels, and nothing here.
  public let hasRowScale: Bool
  /// Columns that share a scale: 16 or 32.
  public let columnCount: Int
  /// Blocks of a group: 1 where there is one level.
  public let groupBlockCount: Int

  /// Describes scales; see the properties.
  @inlinable @inline(__always)
  public init(
    hasMinimum: Bool = false, hasRowScale: Bool = false, columnCount: Int = 32, groupBlockCount: Int = 1
  ) {
    self.hasMinimum = hasMinimum
    self.hasRowScale = hasRowScale
    self.columnCount = columnCount
    self.groupBlockCount = groupBlockCount
  }

  /// Whether a block's scale is an integer times its group's.
  @inlinable @inline(__always)
  public var hasTwoLevels: Bool { groupBlockCount > 1 }

  /// Halves of a row in a group.
  @inlinable @inline(__always)
  public var halfCount: Int { hasRowScale ? 0 : hasMinimum ? 2 : 1 }

  /// Bytes of a row in a block.
  @inlinable @inline(__always)
  public var blockByteCount: Int {
    !hasTwoLevels ? 0 : hasMinimum ? 2 : PanelLayout.blockColumnCount / columnCount
  }

  /// Bytes of the halves of a group's rows.
  @inlinable @inline(__always)
  public var halvesByteCount: Int { halfCount * PanelLayout.halvesByteCount }

  /// Bytes of the scales of a group's rows.
  @inlinable @inline(__always)
  public var groupByteCount: Int {
    halvesByteCount + groupBlockCount * blockByteCount * PanelLayout.rowCount
  }

  /// Bytes of the scales of `blockCount` blocks, whole groups; the weights follow, on a cache line.
  @inlinable @inline(__always)
  public func byteCount(blockCount: Int) -> Int { (blockCount / groupBlockCount * groupByteCount + 63) & ~63 }
}
