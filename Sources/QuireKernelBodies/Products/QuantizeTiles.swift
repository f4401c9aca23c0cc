/// The arguments of arranging activations.
public struct QuantizeWork: BitwiseCopyable {
  /// `[tokens x endColumn - firstColumn]`, fp32: those columns of each token.
  public let values: UnsafePointer<Float>
  /// Columns of a token, here or not.
  public let columnCount: Int
  /// The first column to arrange, a multiple of 128.
  public let firstColumn: Int
  /// The one after the last column to arrange: a multiple of 128, or all.
  public let endColumn: Int
  /// Where tile 0 goes, as `ActivationLayout` says.
  public let tiles: UnsafeMutableRawPointer
  /// How all tokens are split into tiles.
  public let tokenTiles: TokenTiles
  /// The first token to arrange.
  public let firstToken: Int
  /// The token after the last one to arrange.
  public let endToken: Int

  /// Describes work; see the properties.
  public init(
    values: UnsafePointer<Float>, columnCount: Int, firstColumn: Int = 0, endColumn: Int? = nil,
    tiles: UnsafeMutableRawPointer, tokenTiles: TokenTiles, firstToken: Int, endToken: Int
  ) {
    self.values = values
    self.columnCount = columnCount
    self.firstColumn = firstColumn
    self.endColumn = endColumn ?? columnCount
    self.tiles = tiles
    self.tokenTiles = tokenTiles
    self.firstToken = firstToken
    self.endToken = endToken
  }

  /// Calls `body` for the tokens of the wide tiles and for those of the narrow ones, with the tiles' width.
  @inlinable @inline(__always)
  public func forEachWidth(_ body: (_ tokens: Range<Int>, _ width: Int) -> Void) {
    let wideEnd = min(endToken, tokenTiles.wideCount * tokenTiles.wideWidth)
    if firstToken < wideEnd { body(firstToken..<wideEnd, tokenTiles.wideWidth) }
    let narrowStart = max(firstToken, wideEnd)
    if narrowStart < endToken { body(narrowStart..<endToken, tokenTiles.narrowWidth) }
  }

  /// Quantises `tokens`, all of tiles of `T` tokens, each by itself: in blocks of 32 columns, scale = the greatest
  /// magnitude * (1 / 127), byte = value * (127 / the greatest magnitude), rounded to even. The last block is filled up
  /// with zeros. A NaN or an infinity makes its block's scale NaN or infinite.
  @inlinable @inline(__always)
  public func quantize<I: ISA, let T: Int>(_ isa: I.Type, _ tile: TokenTile<T>.Type, tokens: Range<Int>) {
    var padding = InlineArray<64, Float>(repeating: 0)
    var nowhere = InlineArray<32, UInt8>(repeating: 0)
    var paddingSpan = padding.mutableSpan
    var nowhereSpan = nowhere.mutableSpan
    paddingSpan.withUnsafeMutableBufferPointer { padding in
      nowhereSpan.withUnsafeMutableBytes { nowhere in
        let filling = Filling(padding: padding.baseAddress!, nowhere: nowhere.baseAddress!)
        quantize(isa, tile, tokens: tokens, filling)
      }
    }
  }

  /// What stands in for columns that do not exist, where the last four blocks are not whole.
  @usableFromInline
  struct Filling: BitwiseCopyable {
    /// A buffer for the last block, its end zero, and a block of zeros.
    @usableFromInline let padding: UnsafeMutablePointer<Float>
    /// Where the bytes of blocks go that do not exist.
    @usableFromInline let nowhere: UnsafeMutableRawPointer

    @inlinable @inline(__always)
    init(padding: UnsafeMutablePointer<Float>, nowhere: UnsafeMutableRawPointer) {
      self.padding = padding
      self.nowhere = nowhere
    }
  }

  @inlinable @inline(__always)
  func quantize<I: ISA, let T: Int>(
    _ isa: I.Type, _ tile: TokenTile<T>.Type, tokens: Range<Int>, _ filling: Filling
  ) {
    let tileByteCount = T * ActivationLayout.tokenByteCount(blockCount: (columnCount + 31) / 32)
    let firstTile = tokenTiles.tile(ofToken: tokens.lowerBound)
    var index = tokens.lowerBound - tokenTiles.firstToken(ofTile: firstTile)
    var target = tiles + tokenTiles.firstToken(ofTile: firstTile) * (tileByteCount / T)
    for token in tokens {
      quantize(isa, tile, values + token * (endColumn - firstColumn), to: target, index: index, filling)
      index += 1
      if index == T {
        index = 0
        target += tileByteCount
      }
    }
  }

  /// Quantises one token, number `index` of the tile at `tile`. What is missing of its last block is zero, and blocks
  /// that do not exist are written nowhere.
  @inlinable @inline(__always)
  func quantize<I: ISA, let T: Int>(
    _ isa: I.Type, _ width: TokenTile<T>.Type, _ source: UnsafePointer<Float>,
    to tile: UnsafeMutableRawPointer, index: Int, _ filling: Filling
  ) {
    let stride = T * PanelLayout.blockColumnCount
    let recordStride = T * ActivationLayout.recordByteCount
    let bytes = tile + index * PanelLayout.blockColumnCount + firstColumn / 32 * stride
    let records =
      tile + (columnCount + 31) / 32 * stride + index * ActivationLayout.recordByteCount
      + firstColumn / 128 * recordStride
    // All scales first: a block's bytes wait for its scale, and few of so long chains fit a processor's window.
    let count = endColumn - firstColumn
    let groupCount = count / 128
    let restCount = count - groupCount * 128
    for group in 0..<groupCount {
      // The next token's numbers, which may lie far away.
      unrolled(8) { I.prefetch(source + count + group * 128 + $0 * 16) }
      I.findScales(Four { source + group * 128 + $0 * 32 }, record: records + group * recordStride)
    }
    let rest = restBlocks(source + groupCount * 128, count: restCount, filling)
    let lastRecord = records + groupCount * recordStride
    if restCount > 0 { I.findScales(rest, record: lastRecord) }
    for group in 0..<groupCount {
      I.quantize(
        Four { source + group * 128 + $0 * 32 }, to: Four { bytes + (group * 4 + $0) * stride },
        record: records + group * recordStride)
    }
    guard restCount > 0 else { return }
    let blockCount = (restCount + 31) / 32
    let targets = Four { $0 < blockCount ? bytes + (groupCount * 4 + $0) * stride : filling.nowhere }
    I.quantize(rest, to: targets, record: lastRecord)
  }

  /// The last `count` columns of a token, fewer than four whole blocks, as four.
  @inlinable @inline(__always)
  func restBlocks(
    _ source: UnsafePointer<Float>, count: Int, _ filling: Filling
  ) -> Four<UnsafePointer<Float>> {
    let wholeCount = count / 32
    for column in wholeCount * 32..<count { filling.padding[column - wholeCount * 32] = source[column] }
    let last = UnsafePointer(filling.padding)
    return Four {
      $0 < wholeCount ? source + $0 * 32 : $0 * 32 < count ? last : last + 32
    }
  }
}
