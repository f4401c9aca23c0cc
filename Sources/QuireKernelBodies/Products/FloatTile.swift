// Floating-point weights times single-precision activations: total = fma(weight, activation, total), columns in
// ascending order.

/// Tiles of floating-point products.
public enum FloatTile {
  /// Tokens of a tile at most: of bfloat16 products twice eight sums keep two units with a latency of six cycles busy.
  @inlinable @inline(__always)
  public static var tokenCount: Int { 8 }
}

/// How floating-point weights are stored in a panel: column after column, 32 rows each.
public protocol FloatWeights: Sendable {
  /// The panels that hold them.
  static var panel: FloatingPanel { get }
  /// Bytes of a weight.
  static var byteCount: Int { get }
  /// Loads the weights of as many rows as a vector has.
  static func load<I: ISA>(_ isa: I.Type, _ pointer: UnsafeRawPointer) -> I.Floats
}

/// Weights stored in single precision.
public enum SingleWeights: FloatWeights {
  /// The panels that hold them.
  @inlinable @inline(__always)
  public static var panel: FloatingPanel { .singles }
  /// Bytes of a weight.
  @inlinable @inline(__always)
  public static var byteCount: Int { 4 }
  /// Loads the weights of as many rows as a vector has.
  @inlinable @inline(__always)
  public static func load<I: ISA>(_ isa: I.Type, _ pointer: UnsafeRawPointer) -> I.Floats {
    I.floats(at: pointer)
  }
}

/// Weights stored in half precision.
public enum HalfWeights: FloatWeights {
  /// The panels that hold them.
  @inlinable @inline(__always)
  public static var panel: FloatingPanel { .halves }
  /// Bytes of a weight.
  @inlinable @inline(__always)
  public static var byteCount: Int { 2 }
  /// Loads the weights of as many rows as a vector has.
  @inlinable @inline(__always)
  public static func load<I: ISA>(_ isa: I.Type, _ pointer: UnsafeRawPointer) -> I.Floats {
    I.halves(at: pointer)
  }
}

/// The upper halves of single precision numbers.
public enum BFloatWeights: FloatWeights {
  /// The panels that hold them.
  @inlinable @inline(__always)
  public static var panel: FloatingPanel { .bfloats }
  /// Bytes of a weight.
  @inlinable @inline(__always)
  public static var byteCount: Int { 2 }
  /// Loads the weights of as many rows as a vector has.
  @inlinable @inline(__always)
  public static func load<I: ISA>(_ isa: I.Type, _ pointer: UnsafeRawPointer) -> I.Floats {
    I.bfloats(at: pointer)
  }
}

extension TileWork {
  /// One panel of floating-point weights times `T` tokens; activations are `[columns x T]`.
  @inlinable @inline(__always)
  public func multiplyFloats<I: ISA, W: FloatWeights, let T: Int>(
    _ isa: I.Type, _ weights: W.Type, _ tile: TokenTile<T>.Type
  ) {
    forEachVector(isa) { row in
      var totals = InlineArray<T, I.Floats>(repeating: I.splat(0))
      var weights = panel + W.byteCount * row
      var tokens = activations
      for _ in 0..<depth {
        let weight = W.load(isa, weights)
        if T == 1 { unrolled(W.byteCount / 2) { I.prefetch(weights + 4096 + $0 * 64) } }
        unrolled(T) { totals[$0] = I.multiplyAdd(weight, I.splat(tokens.single(4 * $0)), totals[$0]) }
        weights += W.byteCount * PanelLayout.rowCount
        tokens += 4 * T
      }
      unrolled(T) { store(isa, totals[$0], row: row, token: $0) }
    }
  }
}
