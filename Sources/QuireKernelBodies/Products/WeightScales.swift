/// How the integers of a quantised format become numbers.
public protocol WeightScales: Sendable {
  /// What the scales are, and where they lie.
  static var layout: ScaleLayout { get }
}

/// weight = scale * integer, a scale for each block.
public enum BlockScales: WeightScales {
  /// The layout of one half-precision scale a block.
  @inlinable @inline(__always)
  public static var layout: ScaleLayout { ScaleLayout() }
}

/// weight = scale * integer + minimum, both for each block.
public enum BlockScalesAndMinima: WeightScales {
  /// The layout of a half-precision scale and minimum a block.
  @inlinable @inline(__always)
  public static var layout: ScaleLayout { ScaleLayout(hasMinimum: true) }
}

/// weight = scale * integer, a scale for each row.
public enum RowScales: WeightScales {
  /// Nothing in the panel.
  @inlinable @inline(__always)
  public static var layout: ScaleLayout { ScaleLayout(hasRowScale: true) }
}

/// weight = scale * integer + minimum; both are unsigned bytes of each block, times halves of each eight.
public enum SuperBlockScalesAndMinima: WeightScales {
  /// Two halves of a group, two bytes of a block.
  @inlinable @inline(__always)
  public static var layout: ScaleLayout { ScaleLayout(hasMinimum: true, groupBlockCount: 8) }
}

/// weight = scale * integer; the scale is a signed byte of each half of a block, times a half of each eight blocks.
public enum SuperBlockSplitScales: WeightScales {
  /// A half of a group, two bytes of a block.
  @inlinable @inline(__always)
  public static var layout: ScaleLayout { ScaleLayout(columnCount: 16, groupBlockCount: 8) }
}

/// weight = scale * (integer + zero point), both for each block.
public enum BlockScalesAndZeroPoints: WeightScales {
  /// A half-precision scale and an integer a block.
  @inlinable @inline(__always)
  public static var layout: ScaleLayout { ScaleLayout(hasMinimum: true, hasZeroPoint: true) }
}

/// weight = scale * (integer + zero point), both for each block, the scale in single precision.
public enum SingleScalesAndZeroPoints: WeightScales {
  /// A single-precision scale and an integer a block.
  @inlinable @inline(__always)
  public static var layout: ScaleLayout {
    ScaleLayout(hasMinimum: true, hasZeroPoint: true, hasSingleScale: true)
  }
}

/// weight = scale * integer, a scale in single precision for each block.
public enum SingleScales: WeightScales {
  /// A single-precision scale a block.
  @inlinable @inline(__always)
  public static var layout: ScaleLayout { ScaleLayout(hasSingleScale: true) }
}

/// weight = scale * integer; the scale is a signed byte of each block, times a half of each eight.
public enum SuperBlockScales: WeightScales {
  /// A half of a group, a byte of a block.
  @inlinable @inline(__always)
  public static var layout: ScaleLayout { ScaleLayout(groupBlockCount: 8) }
}

/// weight = scale * integer + minimum; both are unsigned bytes of each half of a block, times halves of each eight blocks.
public enum SuperBlockSplitScalesAndMinima: WeightScales {
  /// Two halves of a group, four bytes of a block.
  @inlinable @inline(__always)
  public static var layout: ScaleLayout {
    ScaleLayout(hasMinimum: true, columnCount: 16, groupBlockCount: 8)
  }
}

/// The scales and minima of block `block` for the rows from `row` on, zero where there are none.
///
/// - Parameters:
///   - place: where the scales of the block's rows are, the panel's first row's; moved to the next block's.
///   - group: those of the block's group, where there are two levels; the same variable for all blocks.
@inlinable @inline(__always)
func nextScales<I: ISA, S: WeightScales>(
  _ isa: I.Type, _ scaling: S.Type, _ place: inout UnsafeRawPointer, row: Int, block: Int,
  _ group: inout (scale: I.Floats, minimum: I.Floats)
) -> (scale: I.Floats, minimum: I.Floats) {
  if !S.layout.hasTwoLevels { return nextNumbers(isa, scaling, &place, row: row) }
  if block % S.layout.groupBlockCount == 0 { group = nextNumbers(isa, scaling, &place, row: row) }
  let bytes = place + row
  place += S.layout.blockByteCount * PanelLayout.rowCount
  return levels(isa, scaling, bytes, 0, group)
}

/// Scale and minimum number `index` of a block whose bytes for some rows are at `bytes`: integers times the group's halves.
@inlinable @inline(__always)
func levels<I: ISA, S: WeightScales>(
  _ isa: I.Type, _ scaling: S.Type, _ bytes: UnsafeRawPointer, _ index: Int,
  _ group: (scale: I.Floats, minimum: I.Floats)
) -> (scale: I.Floats, minimum: I.Floats) {
  let scale = bytes + index * PanelLayout.rowCount
  if !S.layout.hasMinimum { return (I.multiply(I.signedBytes(at: scale), group.scale), I.splat(0)) }
  let minimum = scale + S.layout.blockScaleCount * PanelLayout.rowCount
  return (
    I.multiply(I.unsignedBytes(at: scale), group.scale),
    I.multiply(I.unsignedBytes(at: minimum), group.minimum)
  )
}

/// The numbers of a group for the rows from `row` on; see `nextScales`.
@inlinable @inline(__always)
func nextNumbers<I: ISA, S: WeightScales>(
  _ isa: I.Type, _ scaling: S.Type, _ place: inout UnsafeRawPointer, row: Int
) -> (scale: I.Floats, minimum: I.Floats) {
  let numbers = place + S.layout.scaleByteCount * row
  let minima = place + S.layout.scaleByteCount * PanelLayout.rowCount + 2 * row
  place += S.layout.numbersByteCount
  if S.layout.hasRowScale { return (I.splat(0), I.splat(0)) }
  let scale = S.layout.hasSingleScale ? I.floats(at: numbers) : I.halves(at: numbers)
  if !S.layout.hasMinimum { return (scale, I.splat(0)) }
  let minimum = I.halves(at: minima)
  return (scale, S.layout.hasZeroPoint ? I.multiply(minimum, scale) : minimum)
}

/// The floating-point part of one block: adds the integer sums of a token with scale `tokenScale`; the
/// minimum's factor is `tokenSum`, the token's scale times the sum of its bytes.
@inlinable @inline(__always)
func addBlock<I: ISA, S: WeightScales>(
  _ isa: I.Type, _ scaling: S.Type, _ sums: I.Integers, to total: I.Floats, _ scale: I.Floats,
  _ minimum: I.Floats, _ tokenScale: Float, _ tokenSum: Float
) -> I.Floats {
  let numbers = I.floats(sums)
  let product = S.layout.hasRowScale ? numbers : I.multiply(numbers, scale)
  let result = I.multiplyAdd(product, I.splat(tokenScale), total)
  return S.layout.hasMinimum ? I.multiplyAdd(minimum, I.splat(tokenSum), result) : result
}
