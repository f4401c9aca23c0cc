extension PanelWork {
  /// Multiplies panels of 4-bit weights by tiles of `T` tokens.
  @inlinable @inline(__always)
  public func multiplyNibbles<I: ISA, S: WeightScales, let T: Int>(
    _ isa: I.Type, _ scaling: S.Type, _ tile: TokenTile<T>.Type
  ) {
    forEachTile(isa, tileByteCount: T * depth * ActivationLayout.blockByteCount) {
      $0.multiplyNibbles(isa, scaling, tile)
    }
  }

  /// Multiplies panels of 8-bit weights by tiles of `T` tokens.
  @inlinable @inline(__always)
  public func multiplyBytes<I: ISA, S: WeightScales, let T: Int>(
    _ isa: I.Type, _ scaling: S.Type, _ tile: TokenTile<T>.Type
  ) {
    forEachTile(isa, tileByteCount: T * depth * ActivationLayout.blockByteCount) {
      $0.multiplyBytes(isa, scaling, tile)
    }
  }

  /// Multiplies panels of floating-point weights by tiles of `T` tokens.
  @inlinable @inline(__always)
  public func multiplyFloats<I: ISA, W: FloatWeights, let T: Int>(
    _ isa: I.Type, _ weights: W.Type, _ tile: TokenTile<T>.Type
  ) {
    forEachTile(isa, tileByteCount: T * depth * 4) { $0.multiplyFloats(isa, weights, tile) }
  }
}
