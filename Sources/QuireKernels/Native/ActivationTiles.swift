import QuireKernelBodies
import QuirePlatform

/// The tokens of a matmul arranged for the kernels, in memory of a pool.
struct ActivationTiles {
  let tiles: TokenTiles
  let columnCount: Int
  let isQuantized: Bool

  /// Bytes of one token.
  var tokenByteCount: Int {
    isQuantized ? (columnCount + 31) / 32 * ActivationLayout.blockByteCount : columnCount * 4
  }
  /// Bytes of all tokens.
  var byteCount: Int { tiles.tokenCount * tokenByteCount }

  /// Writes the `[columnCount]` values of each of `tokens` to its place in the tiles.
  func arrange(
    _ values: UnsafePointer<Float>, tokens: Range<Int>, into memory: UnsafeMutableRawPointer,
    instructionSet: InstructionSet
  ) {
    if isQuantized {
      NativeKernels.quantize(
        QuantizeWork(
          values: values, columnCount: columnCount, tiles: memory, tokenTiles: tiles,
          firstToken: tokens.lowerBound, endToken: tokens.upperBound), instructionSet)
    } else {
      interleave(values, into: memory.assumingMemoryBound(to: Float.self), tokens: tokens)
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
