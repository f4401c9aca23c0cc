/// The products of one instruction set by the format of the panels, as functions.
public struct ProductTable: Sendable {
  /// Multiplies some panels by some tiles.
  public typealias Multiply = @Sendable (UnsafePointer<PanelWork>) -> Void

  private var products: [PanelFormat: Multiply] = [:]

  /// What multiplies panels of `format`; to be looked up once.
  public subscript(format: PanelFormat) -> Multiply? { products[format] }

  /// Adds the products of a module's entries, all that there are: a new kind of product is a line here.
  @inlinable @inline(__always)
  public mutating func add<M: ProductEntries>(_: M.Type) {
    add(M.self, NibbleProduct<BlockScales>.self)
    add(M.self, NibbleProduct<BlockScalesAndMinima>.self)
    add(M.self, NibbleProduct<BlockScalesAndZeroPoints>.self)
    add(M.self, NibbleProduct<SingleScalesAndZeroPoints>.self)
    add(M.self, NibbleProduct<SuperBlockScalesAndMinima>.self)
    add(M.self, ByteProduct<ByteWeights, BlockScales>.self)
    add(M.self, ByteProduct<ByteWeights, BlockScalesAndMinima>.self)
    add(M.self, ByteProduct<ByteWeights, BlockScalesAndZeroPoints>.self)
    add(M.self, ByteProduct<ByteWeights, SingleScalesAndZeroPoints>.self)
    add(M.self, ByteProduct<ByteWeights, SuperBlockScalesAndMinima>.self)
    add(M.self, ByteProduct<ByteWeights, RowScales>.self)
    add(M.self, ByteProduct<CodedWeights<IQ4Codes>, BlockScales>.self)
    add(M.self, ByteProduct<CodedWeights<IQ4Codes>, SuperBlockScales>.self)
    add(M.self, ByteProduct<CodedWeights<DoubledE2M1Codes>, SingleScales>.self)
    add(M.self, SplitByteProduct<ByteWeights, SuperBlockSplitScales>.self)
    add(M.self, SplitByteProduct<CodedWeights<SignedCodes>, SuperBlockSplitScales>.self)
    add(M.self, SplitByteProduct<CodedWeights<SignedCodes>, SuperBlockSplitScalesAndMinima>.self)
    add(M.self, FloatProduct<SingleWeights>.self)
    add(M.self, FloatProduct<HalfWeights>.self)
    add(M.self, FloatProduct<BFloatWeights>.self)
  }

  @inlinable @inline(__always)
  mutating func add<M: ProductEntries, K: ProductKernel>(_: M.Type, _ kernel: K.Type) {
    add(M.product(kernel), for: K.panel)
  }

  /// Adds a product.
  public mutating func add(_ multiply: @escaping Multiply, for format: PanelFormat) {
    products[format] = multiply
  }
}

/// What a table's template makes the functions of.
public protocol ProductEntries {
  /// A function that runs the kernel for tiles of whatever width.
  static func product<K: ProductKernel>(_ kernel: K.Type) -> ProductTable.Multiply
}

/// What a module makes of the bodies for its `ISA`, each a private function of its own that is never inlined: so each is
/// a small one to the optimiser, and its symbol is no other module's. The functions that they belong to are
/// `ProductKernel.multiplyTiles` and `QuantizeWork.quantizeTiles`.
public protocol TileEntries: ProductEntries {
  /// `PanelWork.forEachTile`, its body being the kernel's `multiply` with these entries.
  static func multiply<K: ProductKernel, let T: Int>(
    _ work: UnsafePointer<PanelWork>, _ kernel: K.Type, _ tile: TokenTile<T>.Type)
  /// `TileWork.multiplyNibbles`, with nothing else in it, as the next ones: a product that the compiler leaves uninlined
  /// elsewhere would be a weak symbol.
  static func nibbles<S: WeightScales, let T: Int>(
    _ work: TileWork, _ scaling: S.Type, _ tile: TokenTile<T>.Type)
  /// `TileWork.multiplyBytes`.
  static func bytes<W: PanelWeights, S: WeightScales, let T: Int>(
    _ work: TileWork, _ weights: W.Type, _ scaling: S.Type, _ tile: TokenTile<T>.Type)
  /// `TileWork.multiplySplitBytes`.
  static func splitBytes<W: PanelWeights, S: WeightScales, let T: Int>(
    _ work: TileWork, _ weights: W.Type, _ scaling: S.Type, _ tile: TokenTile<T>.Type)
  /// `TileWork.multiplyFloats`.
  static func floats<W: FloatWeights, let T: Int>(
    _ work: TileWork, _ weights: W.Type, _ tile: TokenTile<T>.Type)
  /// `QuantizeWork.quantize`.
  static func quantize<let T: Int>(
    _ work: UnsafePointer<QuantizeWork>, _ tile: TokenTile<T>.Type, _ tokens: Range<Int>)
}

extension PanelWork {
  /// Multiplies all tiles of 1...6 tokens, by the function for their width.
  @inlinable @inline(__always)
  static func multiplyTilesUpToSix<M: TileEntries, K: ProductKernel>(
    _ work: UnsafePointer<PanelWork>, _: M.Type, _ kernel: K.Type
  ) {
    switch work.pointee.tileTokenCount {
    case 1: M.multiply(work, kernel, TokenTile<1>.self)
    case 2: M.multiply(work, kernel, TokenTile<2>.self)
    case 3: M.multiply(work, kernel, TokenTile<3>.self)
    case 4: M.multiply(work, kernel, TokenTile<4>.self)
    case 5: M.multiply(work, kernel, TokenTile<5>.self)
    default: M.multiply(work, kernel, TokenTile<6>.self)
    }
  }

  /// Multiplies all tiles of 1...8 tokens. The widest have a function apart: a kernel that has none compiles none.
  @inlinable @inline(__always)
  static func multiplyTilesUpToEight<M: TileEntries, K: ProductKernel>(
    _ work: UnsafePointer<PanelWork>, _: M.Type, _ kernel: K.Type
  ) {
    switch work.pointee.tileTokenCount {
    case 7: M.multiply(work, kernel, TokenTile<7>.self)
    case 8: M.multiply(work, kernel, TokenTile<8>.self)
    default: multiplyTilesUpToSix(work, M.self, kernel)
    }
  }
}

extension QuantizeWork {
  /// Quantises all tokens, by the functions for their tiles' widths.
  @inlinable @inline(__always)
  public static func quantizeTiles<M: TileEntries>(_ work: UnsafePointer<QuantizeWork>, _: M.Type) {
    work.pointee.forEachWidth { tokens, width in
      switch width {
      case 1: M.quantize(work, TokenTile<1>.self, tokens)
      case 2: M.quantize(work, TokenTile<2>.self, tokens)
      case 3: M.quantize(work, TokenTile<3>.self, tokens)
      case 4: M.quantize(work, TokenTile<4>.self, tokens)
      case 5: M.quantize(work, TokenTile<5>.self, tokens)
      default: M.quantize(work, TokenTile<6>.self, tokens)
      }
    }
  }
}
