/// How the integers of a quantised format become numbers.
public protocol WeightScales {
  /// Whether blocks have a minimum, added to all their weights.
  static var hasMinimum: Bool { get }
  /// Whether a whole row has one scale (and no minimum), instead of each block.
  static var hasRowScale: Bool { get }
}

/// weight = scale * integer, a scale for each block.
public enum BlockScales: WeightScales {
  /// Whether blocks have minima.
  @inlinable @inline(__always)
  public static var hasMinimum: Bool { false }
  /// Whether a row has one scale.
  @inlinable @inline(__always)
  public static var hasRowScale: Bool { false }
}

/// weight = scale * integer + minimum, both for each block.
public enum BlockScalesAndMinima: WeightScales {
  /// Whether blocks have minima.
  @inlinable @inline(__always)
  public static var hasMinimum: Bool { true }
  /// Whether a row has one scale.
  @inlinable @inline(__always)
  public static var hasRowScale: Bool { false }
}

/// weight = scale * integer, a scale for each row.
public enum RowScales: WeightScales {
  /// Whether blocks have minima.
  @inlinable @inline(__always)
  public static var hasMinimum: Bool { false }
  /// Whether a row has one scale.
  @inlinable @inline(__always)
  public static var hasRowScale: Bool { true }
}

/// The floating-point part of one block: adds the integer sums of a token with scale `tokenScale`; the
/// minimum's factor is `tokenSum`, the token's scale times the sum of its bytes.
@inlinable @inline(__always)
func addBlock<I: ISA, S: WeightScales>(
  _ isa: I.Type, _ scaling: S.Type, _ sums: I.Integers, to total: I.Floats, _ scale: I.Floats,
  _ minimum: I.Floats, _ tokenScale: Float, _ tokenSum: Float
) -> I.Floats {
  let numbers = I.floats(sums)
  let product = S.hasRowScale ? numbers : I.multiply(numbers, scale)
  let result = I.multiplyAdd(product, I.splat(tokenScale), total)
  return S.hasMinimum ? I.multiplyAdd(minimum, I.splat(tokenSum), result) : result
}
