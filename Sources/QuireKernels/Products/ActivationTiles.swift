import QuireKernelBodies
import QuirePlatform

/// How the tokens of a matmul are arranged for the kernels, in memory of a pool.
struct ActivationTiles {
  let columnCount: Int
  let format: ActivationFormat
  /// The order of the columns, for bytes alone; nil for their own.
  var order: ColumnOrder?

  /// Bytes of one token.
  var tokenByteCount: Int {
    switch format {
    case .bytes: ActivationLayout.tokenByteCount(blockCount: (columnCount + 31) / 32)
    case .singles: columnCount * 4
    case .bfloats: (columnCount + 31) / 32 * BFloatLayout.tokenBlockByteCount
    }
  }
  /// Bytes of `tokenCount` tokens in whole cache lines.
  func paddedByteCount(tokenCount: Int) -> Int { (tokenCount * tokenByteCount + 63) & ~63 }

  /// Writes the `[columnCount]` values of each of `tokens` to its place in the tiles at `memory`.
  func arrange(
    _ values: UnsafePointer<Float>, tokens: Range<Int>, of tiles: TokenTiles,
    into memory: UnsafeMutableRawPointer, kernels: KernelTable
  ) {
    if let order {
      withUnsafeTemporaryAllocation(of: Float.self, capacity: tokens.count * columnCount) { buffer in
        let gathered = buffer.baseAddress!
        order.gather(
          values + tokens.lowerBound * columnCount, rowCount: tokens.count, to: gathered)
        ActivationTiles(columnCount: columnCount, format: format).arrange(
          UnsafePointer(gathered) - tokens.lowerBound * columnCount, tokens: tokens, of: tiles, into: memory,
          kernels: kernels)
      }
      return
    }
    let work = QuantizeWork(
      values: values, columnCount: columnCount, tiles: memory, tokenTiles: tiles,
      firstToken: tokens.lowerBound, endToken: tokens.upperBound)
    switch format {
    case .bytes: withUnsafePointer(to: work) { kernels.quantize($0) }
    case .singles: interleave(work)
    case .bfloats: withUnsafePointer(to: work) { kernels.bfloats?.round($0) }
    }
  }

  /// A tile of T tokens becomes `[columns × T]`.
  private func interleave(_ work: QuantizeWork) {
    let memory = work.tiles.assumingMemoryBound(to: Float.self)
    for token in work.firstToken..<work.endToken {
      let tile = work.tokenTiles.tile(ofToken: token)
      let firstToken = work.tokenTiles.firstToken(ofTile: tile)
      let width = work.tokenTiles.width(ofTile: tile)
      let source = work.values + token * columnCount
      let destination = memory + firstToken * columnCount + (token - firstToken)
      for column in 0..<columnCount { destination[column * width] = source[column] }
    }
  }
}
