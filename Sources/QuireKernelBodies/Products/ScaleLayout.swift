/// What the scales of a panel of integers are, and where they lie: before the panel's weights, one group of blocks after
/// the other, of each first the numbers of its rows (their scales, then their minima), then of each of its blocks the bytes.
///
/// One level: a group is a block, its numbers the scale, and the minimum where there are minima. Two levels: a block's
/// scale (and minimum) is an integer, one of the block's bytes, times the group's half. With minima a block's bytes are
/// its scales, then as many minima, all unsigned; without, its scales, signed.
public struct ScaleLayout: Sendable, Hashable, BitwiseCopyable {
  /// Whether weights have minima, added to them.
  public let hasMinimum: Bool
  /// Whether a minimum is stored as an integer, a half, that the scale multiplies.
  public let hasZeroPoint: Bool
  /// Whether a row has one scale, which lies beside the panels, and nothing here.
  public let hasRowScale: Bool
  /// Whether scales are in single precision; else they are halves. Minima are halves in any case.
  public let hasSingleScale: Bool
  /// Columns that share a scale: 16 or 32.
  public let columnCount: Int
  /// Blocks of a group: 1 where there is one level.
  public let groupBlockCount: Int

  /// Describes scales; see the properties.
  @inlinable @inline(__always)
  public init(
    hasMinimum: Bool = false, hasZeroPoint: Bool = false, hasRowScale: Bool = false,
    hasSingleScale: Bool = false, columnCount: Int = 32, groupBlockCount: Int = 1
  ) {
    self.hasMinimum = hasMinimum
    self.hasZeroPoint = hasZeroPoint
    self.hasRowScale = hasRowScale
    self.hasSingleScale = hasSingleScale
    self.columnCount = columnCount
    self.groupBlockCount = groupBlockCount
  }

  /// Whether a block's scale is an integer times its group's.
  @inlinable @inline(__always)
  public var hasTwoLevels: Bool { groupBlockCount > 1 }

  /// Scales of a row in a block.
  @inlinable @inline(__always)
  public var blockScaleCount: Int { PanelLayout.blockColumnCount / columnCount }

  /// Bytes of a row in a block.
  @inlinable @inline(__always)
  public var blockByteCount: Int { !hasTwoLevels ? 0 : (hasMinimum ? 2 : 1) * blockScaleCount }

  /// Bytes of a row's scale in a group.
  @inlinable @inline(__always)
  public var scaleByteCount: Int { hasRowScale ? 0 : hasSingleScale ? 4 : 2 }

  /// Bytes of the numbers of a group's rows.
  @inlinable @inline(__always)
  public var numbersByteCount: Int { (scaleByteCount + (hasMinimum ? 2 : 0)) * PanelLayout.rowCount }

  /// Bytes of the scales of a group's rows.
  @inlinable @inline(__always)
  public var groupByteCount: Int {
    numbersByteCount + groupBlockCount * blockByteCount * PanelLayout.rowCount
  }

  /// Bytes of the scales of `blockCount` blocks, whole groups; the weights follow, on a cache line.
  @inlinable @inline(__always)
  public func byteCount(blockCount: Int) -> Int { (blockCount / groupBlockCount * groupByteCount + 63) & ~63 }
}
