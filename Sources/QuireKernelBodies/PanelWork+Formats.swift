extension PanelWork {
  /// Calls `body` for each panel of each tile of `T` tokens quantised to bytes.
  ///
  /// A module's `body` is a function of its own, private and never inlined, with nothing in it but a tile's product:
  /// a product that the compiler leaves uninlined here would be a weak symbol.
  @inlinable @inline(__always)
  public func forEachByteTile<I: ISA, let T: Int>(
    _ isa: I.Type, _ tile: TokenTile<T>.Type, _ body: (TileWork) -> Void
  ) {
    forEachTile(
      isa, tileByteCount: T * ActivationLayout.tokenByteCount(blockCount: depth), prefetching: true, body)
  }

  /// As `forEachByteTile`, for tokens in single precision.
  @inlinable @inline(__always)
  public func forEachFloatTile<I: ISA, let T: Int>(
    _ isa: I.Type, _ tile: TokenTile<T>.Type, _ body: (TileWork) -> Void
  ) {
    forEachTile(isa, tileByteCount: T * depth * 4, prefetching: false, body)
  }
}
