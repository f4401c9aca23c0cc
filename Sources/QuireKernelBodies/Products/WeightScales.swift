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
  if !S.layout.hasTwoLevels { return nextHalves(isa, scaling, &place, row: row) }
  if block % S.layout.groupBlockCount == 0 { group = nextHalves(isa, scaling, &place, row: row) }
  let bytes = place + row
  place += S.layout.blockByteCount * PanelLayout.rowCount
  return (
    I.multiply(I.unsignedBytes(at: bytes), group.scale),
    I.multiply(I.unsignedBytes(at: bytes + PanelLayout.rowCount), group.minimum)
  )
}

/// The halves of a group for the rows from `row` on; see `nextScales`.
@inlinable @inline(__always)
func nextHalves<I: ISA, S: WeightScales>(
  _ isa: I.Type, _ scaling: S.Type, _ place: inout UnsafeRawPointer, row: Int
) -> (scale: I.Floats, minimum: I.Floats) {
  let halves = place + 2 * row
  place += S.layout.halvesByteCount
  return (
    S.layout.hasRowScale ? I.splat(0) : I.halves(at: halves),
    S.layout.hasMinimum ? I.halves(at: halves + PanelLayout.halvesByteCount) : I.splat(0)
  )
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
