// bfloat16 weights times activations rounded to bfloat16, in instructions that multiply pairs of columns.
//
// total = fma(odd weight, odd activation, total), then fma(even weight, even activation, total), columns' pairs in
// ascending order; subnormal numbers count as zero, going in and coming out. So computes VDPBF16PS (Intel's Software
// Developer's Manual, volume 2), whose results here were found equal to this rule's on millions of random operands.

/// How bfloat16 weights and activations lie in memory for products of pairs: blocks of 32 columns, the last of a row
/// filled up with zeros.
///
/// Weights of a block: of each pair of columns 32 rows x 2 numbers. Activations of a block of a tile of T tokens: T x 32
/// numbers, so that a tile is read through one pointer, at constant offsets.
public enum BFloatLayout {
  /// Columns of a block.
  @inlinable @inline(__always)
  public static var blockColumnCount: Int { 32 }
  /// Bytes of a pair of columns of a panel.
  @inlinable @inline(__always)
  public static var pairByteCount: Int { PanelLayout.rowCount * 4 }
  /// Bytes of a block of a panel.
  @inlinable @inline(__always)
  public static var panelBlockByteCount: Int { pairByteCount * blockColumnCount / 2 }
  /// Bytes of a block of a token.
  @inlinable @inline(__always)
  public static var tokenBlockByteCount: Int { blockColumnCount * 2 }
}

/// What products of pairs want of an instruction set.
public protocol BFloatISA: SumVectors {
  /// Pairs of bfloat16 numbers, one for each row.
  associatedtype Pairs

  /// Loads `laneCount` pairs from any address.
  static func pairs(at pointer: UnsafeRawPointer) -> Pairs
  /// Adds to each lane the products of its pair with the pair of numbers in `activations`, as said above.
  static func addProducts(_ sums: Floats, _ weights: Pairs, _ activations: Int32) -> Floats
  /// Writes the nearest bfloat16 numbers of 32 singles, ties to even, subnormal ones as zero; any addresses.
  static func round(_ values: UnsafePointer<Float>, to target: UnsafeMutableRawPointer)
}

extension TileWork {
  /// One panel of bfloat16 weights times `T` tokens.
  @inlinable @inline(__always)
  public func multiplyBFloatPairs<I: BFloatISA, let T: Int>(_ isa: I.Type, _ tile: TokenTile<T>.Type) {
    forEachVector(isa) { row in
      var totals = InlineArray<T, I.Floats>(repeating: I.splat(0))
      var weights = panel + 4 * row
      var tokens = activations
      for block in 0..<depth {
        if T > 1 && row == 0 { prefetchAhead(isa, block: block) }
        unrolled(16) { pair in
          if T == 1 {
            I.prefetch(weights + 4096 + pair * 128)
            I.prefetch(weights + 4160 + pair * 128)
          }
          let pairs = I.pairs(at: weights + pair * BFloatLayout.pairByteCount)
          unrolled(T) { token in
            totals[token] = I.addProducts(
              totals[token], pairs, tokens.word(token * BFloatLayout.tokenBlockByteCount + pair * 4))
          }
        }
        weights += BFloatLayout.panelBlockByteCount
        tokens += T * BFloatLayout.tokenBlockByteCount
      }
      unrolled(T) { store(isa, totals[$0], row: row, token: $0) }
    }
  }
}

extension PanelWork {
  /// Calls `body` for each panel of each tile of `T` tokens rounded to bfloat16.
  @inlinable @inline(__always)
  public func forEachBFloatTile<I: BFloatISA, let T: Int>(
    _ isa: I.Type, _ tile: TokenTile<T>.Type, _ body: (TileWork) -> Void
  ) {
    forEachTile(
      isa, tileByteCount: T * depth * BFloatLayout.tokenBlockByteCount, scaleByteCount: 0, prefetching: true,
      body)
  }
}

extension QuantizeWork {
  /// Rounds the tokens to bfloat16, as `BFloatLayout` says where.
  @inlinable @inline(__always)
  public func roundToBFloats<I: BFloatISA>(_ isa: I.Type) {
    let blockColumnCount = BFloatLayout.blockColumnCount
    let wholeCount = columnCount / blockColumnCount
    let blockCount = (columnCount + blockColumnCount - 1) / blockColumnCount
    for token in firstToken..<endToken {
      let tile = tokenTiles.tile(ofToken: token)
      let tileStart = tokenTiles.firstToken(ofTile: tile)
      let blockStride = tokenTiles.width(ofTile: tile) * BFloatLayout.tokenBlockByteCount
      let source = values + token * columnCount
      var target =
        tiles + (tileStart * blockCount + token - tileStart) * BFloatLayout.tokenBlockByteCount
      for block in 0..<wholeCount {
        I.round(source + block * blockColumnCount, to: target)
        target += blockStride
      }
      if wholeCount < blockCount {
        var padded = InlineArray<32, Float>(repeating: 0)
        for column in wholeCount * blockColumnCount..<columnCount {
          padded[column - wholeCount * blockColumnCount] = source[column]
        }
        let span = padded.span
        span.withUnsafeBufferPointer { I.round($0.baseAddress!, to: target) }
      }
    }
  }
}
