import QuireKernelBodies
import QuirePlatform

/// The tokens of a matmul arranged for the kernels, in memory of a pool.
struct ActivationTiles {
  let tiles: TokenTiles
  let columnCount: Int
  let format: ActivationFormat

  /// Bytes of one token.
  var tokenByteCount: Int {
    switch format {
    case .bytes: (columnCount + 31) / 32 * ActivationLayout.blockByteCount
    case .singles: columnCount * 4
    case .bfloats: (columnCount + 31) / 32 * BFloatLayout.tokenBlockByteCount
    }
  }
  /// Bytes of all tokens.
  var byteCount: Int { tiles.tokenCount * tokenByteCount }
  /// Bytes of all tokens in whole cache lines.
  var paddedByteCount: Int { (byteCount + 63) & ~63 }

  /// Writes the `[columnCount]` values of each of `tokens` to its place in the tiles.
  func arrange(
    _ values: UnsafePointer<Float>, tokens: Range<Int>, into memory: UnsafeMutableRawPointer,
    instructionSet: InstructionSet
  ) {
    let work = QuantizeWork(
      values: values, columnCount: columnCount, tiles: memory, tokenTiles: tiles,
      firstToken: tokens.lowerBound, endToken: tokens.upperBound)
    switch format {
    case .bytes: NativeKernels.quantize(work, instructionSet)
    case .singles: interleave(values, into: memory.assumingMemoryBound(to: Float.self), tokens: tokens)
    case .bfloats: NativeKernels.roundToBFloats(work, instructionSet)
    }
  }

  /// A tile of T tokens becomes `[columns × T]`.
  private func interleave(
    _ values: UnsafePointer<Float>, into memory: UnsafeMutablePointer<Float>, tokens: Range<Int>
  ) {
    for token in tokens {
      let tile = tiles.tile(ofToken: token)
      let firstToken = tiles.firstToken(ofTile: tile)
      let width = tiles.width(ofTile: tile)
      let source = values + token * columnCount
      let destination = memory + firstToken * columnCount + (token - firstToken)
      for column in 0..<columnCount { destination[column * width] = source[column] }
    }
  }
}
