/// A kind of product of panels and tiles, which each instruction set's module instantiates for every width of a tile.
public protocol ProductKernel: Sendable {
  /// The panels that it multiplies.
  static var panel: PanelFormat { get }
  /// Whether `multiply` asks for the panels that follow block by block; else that is done before each tile.
  static var prefetches: Bool { get }
  /// Bytes of a tile's activations.
  static func tileByteCount(tokenCount: Int, depth: Int) -> Int
  /// Bytes of a panel's scales, which stand before its weights.
  static func scaleByteCount(depth: Int) -> Int
  /// Multiplies all tiles, by the function for their width.
  static func multiplyTiles<M: TileEntries>(_ work: UnsafePointer<PanelWork>, _: M.Type)
  /// Multiplies one panel by one tile: the entry for its body.
  static func multiply<M: TileEntries, let T: Int>(
    _ work: TileWork, _: M.Type, _ tile: TokenTile<T>.Type)
}

/// Products of weights and activations quantised to bytes.
public protocol ByteActivations: ProductKernel {}

extension ByteActivations {
  /// Multiplies all tiles, of `ActivationLayout.tileTokenCount` tokens at most.
  @inlinable @inline(__always)
  public static func multiplyTiles<M: TileEntries>(_ work: UnsafePointer<PanelWork>, _: M.Type) {
    PanelWork.multiplyTilesUpToSix(work, M.self, Self.self)
  }
  /// Whether `multiply` asks for what follows.
  @inlinable @inline(__always)
  public static var prefetches: Bool { true }
  /// Bytes of a tile's activations.
  @inlinable @inline(__always)
  public static func tileByteCount(tokenCount: Int, depth: Int) -> Int {
    tokenCount * ActivationLayout.tokenByteCount(blockCount: depth)
  }
}

/// 4-bit weights times bytes: `TileWork.multiplyNibbles`.
public enum NibbleProduct<S: WeightScales>: ByteActivations {
  /// The panels that it multiplies.
  @inlinable @inline(__always)
  public static var panel: PanelFormat { .quantized(QuantizedPanel(bitCount: 4, scales: S.layout)) }
  /// Bytes of a panel's scales.
  @inlinable @inline(__always)
  public static func scaleByteCount(depth: Int) -> Int { S.layout.byteCount(blockCount: depth) }
  /// Multiplies one panel by one tile.
  @inlinable @inline(__always)
  public static func multiply<M: TileEntries, let T: Int>(
    _ work: TileWork, _: M.Type, _ tile: TokenTile<T>.Type
  ) {
    M.nibbles(work, S.self, tile)
  }
}

/// Signed weights times bytes: `TileWork.multiplyBytes`.
public enum ByteProduct<W: PanelWeights, S: WeightScales>: ByteActivations {
  /// The panels that it multiplies.
  @inlinable @inline(__always)
  public static var panel: PanelFormat {
    .quantized(QuantizedPanel(bitCount: W.bitCount, codes: W.codes, scales: S.layout))
  }
  /// Bytes of a panel's scales.
  @inlinable @inline(__always)
  public static func scaleByteCount(depth: Int) -> Int { S.layout.byteCount(blockCount: depth) }
  /// Multiplies one panel by one tile.
  @inlinable @inline(__always)
  public static func multiply<M: TileEntries, let T: Int>(
    _ work: TileWork, _: M.Type, _ tile: TokenTile<T>.Type
  ) {
    M.bytes(work, W.self, S.self, tile)
  }
}

/// Floating-point weights times single precision: `TileWork.multiplyFloats`.
public enum FloatProduct<W: FloatWeights>: ProductKernel {
  /// The panels that it multiplies.
  @inlinable @inline(__always)
  public static var panel: PanelFormat { .floating(W.panel) }
  /// Such panels have no scales.
  @inlinable @inline(__always)
  public static func scaleByteCount(depth: Int) -> Int { 0 }
  /// Multiplies all tiles, of `FloatTile.tokenCount` tokens at most.
  @inlinable @inline(__always)
  public static func multiplyTiles<M: TileEntries>(_ work: UnsafePointer<PanelWork>, _: M.Type) {
    PanelWork.multiplyTilesUpToEight(work, M.self, Self.self)
  }
  /// Whether `multiply` asks for what follows.
  @inlinable @inline(__always)
  public static var prefetches: Bool { false }
  /// Bytes of a tile's activations.
  @inlinable @inline(__always)
  public static func tileByteCount(tokenCount: Int, depth: Int) -> Int { tokenCount * depth * 4 }
  /// Multiplies one panel by one tile.
  @inlinable @inline(__always)
  public static func multiply<M: TileEntries, let T: Int>(
    _ work: TileWork, _: M.Type, _ tile: TokenTile<T>.Type
  ) {
    M.floats(work, W.self, tile)
  }
}
