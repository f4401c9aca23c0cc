/// The arguments of quantising activations.
public struct QuantizeWork: BitwiseCopyable {
  /// `[tokens x columnCount]`, fp32.
  public let values: UnsafePointer<Float>
  /// Columns of a token.
  public let columnCount: Int
  /// Where tile 0 goes, as `ActivationLayout` says.
  public let tiles: UnsafeMutableRawPointer
  /// All tiles.
  public let tokenTiles: TokenTiles
  /// The first token to quantise.
  public let firstToken: Int
  /// The token after the last one to quantise.
  public let endToken: Int

  /// Describes work; see the properties.
  public init(
    values: UnsafePointer<Float>, columnCount: Int, tiles: UnsafeMutableRawPointer,
    tokenTiles: TokenTiles, firstToken: Int, endToken: Int
  ) {
    self.values = values
    self.columnCount = columnCount
    self.tiles = tiles
    self.tokenTiles = tokenTiles
    self.firstToken = firstToken
    self.endToken = endToken
  }

  /// Quantises the tokens, each by itself: in blocks of 32 columns, scale = the greatest magnitude * (1 / 127), byte =
  /// value * (127 / the greatest magnitude), rounded to even. The last block is filled up with zeros. A NaN or an
  /// infinity makes its block's scale NaN or infinite.
  @inlinable @inline(__always)
  public func quantize<I: ISA>(_ isa: I.Type) {
    let blockCount = (columnCount + 31) / 32
    let wholeCount = columnCount / 32
    for token in firstToken..<endToken {
      let tile = tokenTiles.tile(ofToken: token)
      let tileStart = tokenTiles.firstToken(ofTile: tile)
      let width = tokenTiles.width(ofTile: tile)
      let index = token - tileStart
      let source = values + token * columnCount
      var record = tiles + tileStart * blockCount * ActivationLayout.blockByteCount
      let stride = width * ActivationLayout.blockByteCount
      var block = 0
      while block + 4 <= wholeCount {
        let (scales, sums) = I.quantizeFour(source + block * 32, to: record + index * 32, stride: stride)
        let products = scales * SIMD4<Float>(sums)
        for part in 0..<4 {
          Self.store(
            scales[part], product: products[part], sum: sums[part], record + part * stride, index: index,
            width: width)
        }
        record += 4 * stride
        block += 4
      }
      while block < wholeCount {
        Self.quantizeBlock(isa, source + block * 32, record, index: index, width: width)
        record += stride
        block += 1
      }
      if wholeCount < blockCount {
        var padded = InlineArray<32, Float>(repeating: 0)
        for column in wholeCount * 32..<columnCount { padded[column - wholeCount * 32] = source[column] }
        let span = padded.span
        span.withUnsafeBufferPointer {
          Self.quantizeBlock(isa, $0.baseAddress!, record, index: index, width: width)
        }
      }
    }
  }

  @inlinable @inline(__always)
  static func quantizeBlock<I: ISA>(
    _ isa: I.Type, _ values: UnsafePointer<Float>, _ record: UnsafeMutableRawPointer, index: Int, width: Int
  ) {
    let (scale, sum) = I.quantize(values, to: record + index * 32)
    store(scale, product: scale * Float(sum), sum: sum, record, index: index, width: width)
  }

  @inlinable @inline(__always)
  static func store(
    _ scale: Float, product: Float, sum: Int32, _ record: UnsafeMutableRawPointer, index: Int, width: Int
  ) {
    let numbers = record + width * 32 + index * 4
    numbers.storeBytes(of: scale, as: Float.self)
    numbers.storeBytes(of: product, toByteOffset: width * 4, as: Float.self)
    numbers.storeBytes(of: -8 &* sum, toByteOffset: width * 8, as: Int32.self)
    numbers.storeBytes(of: -128 &* sum, toByteOffset: width * 12, as: Int32.self)
  }
}
