import QuireKernels

/// What happens to a token's queries, keys and values between their matmul and attention in one layer.
struct TokenRotation {
  private let layout: KVBlockLayout
  private let queryHeadCount: Int
  private let epsilon: Float
  private let rows: UnsafeMutablePointer<Float>
  /// Pairs of a head that are turned.
  private let halfCount: Int
  private let cosines: UnsafePointer<Float>
  private let sines: UnsafePointer<Float>
  private let queryNorm: UnsafePointer<Float>?
  private let keyNorm: UnsafePointer<Float>?
  private let blocks: UnsafeMutableRawPointer
  /// Bytes from one of `blocks` to the next.
  private let blockStride: Int
  /// Floats from one token's row to the next one's: queries, keys and values.
  let rowStride: Int

  init(
    sizes: DecoderSizes, cache: KVCache, layer: Int, rows: UnsafeMutablePointer<Float>, halfCount: Int,
    table: RotaryTable,
    queryNorm: UnsafePointer<Float>?, keyNorm: UnsafePointer<Float>?
  ) {
    layout = cache.layout
    blocks = cache.blocks(ofLayer: layer)
    blockStride = cache.blockStride
    queryHeadCount = sizes.attentionHeadCount
    epsilon = sizes.epsilon
    self.rows = rows
    self.halfCount = halfCount
    (cosines, sines) = table.pointers
    self.queryNorm = queryNorm
    self.keyNorm = keyNorm
    rowStride = sizes.queryWidth + 2 * sizes.keyValueWidth
  }

  /// Norms (where the model does) and rotates queries and keys in place, then stores keys and values at `place`.
  func run(token: Int, position: Int, place: TokenPlace) {
    let dimension = layout.headDimension
    let keyHeadCount = layout.keyValueHeadCount
    let query = rows + token * rowStride
    let key = query + queryHeadCount * dimension
    if let queryNorm {
      Kernels.rmsNorm(
        rows: query, rowCount: queryHeadCount, weight: queryNorm, epsilon: epsilon, into: query,
        columnCount: dimension)
    }
    if let keyNorm {
      Kernels.rmsNorm(
        rows: key, rowCount: keyHeadCount, weight: keyNorm, epsilon: epsilon, into: key,
        columnCount: dimension)
    }
    // Queries and keys lie side by side: one call turns both.
    Kernels.applyRotary(
      query, headCount: queryHeadCount + keyHeadCount, headStride: dimension, halfCount: halfCount,
      cosines: cosines + position * halfCount, sines: sines + position * halfCount)
    Kernels.append(
      keys: key, values: key + keyHeadCount * dimension,
      to: blocks + Int(place.block) * blockStride, slot: Int(place.slot), layout: layout)
  }
}
