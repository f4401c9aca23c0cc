import QuireKernels

/// What happens to a token's queries, keys and values between their matmul and attention in one layer.
struct TokenRotation {
  private let layout: KVBlockLayout
  private let queryHeadCount: Int
  private let epsilon: Float
  private let rows: UnsafeMutablePointer<Float>
  /// Pairs of a head that are turned.
  private let halfCount: Int
  /// `[rows × halfCount]` each; nil where nothing is turned.
  private let angles: (cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>)?
  /// Whether those have a row a token of the step; else one a position.
  private let hasRowPerToken: Bool
  private let queryScaling: QueryScaling?
  private let queryNorm: VectorParameter?
  private let keyNorm: VectorParameter?
  /// Counts no references: it outlives the step.
  private let cache: Unmanaged<KVCache>
  private let blocks: UnsafeMutableRawPointer
  /// Bytes from one of `blocks` to the next.
  private let blockStride: Int
  /// Floats from one token's row to the next one's: queries, keys and values.
  let rowStride: Int

  init(
    sizes: DecoderSizes, cache: KVCache, layer: Int, rows: UnsafeMutablePointer<Float>, halfCount: Int,
    table: RotaryTable?, queryScaling: QueryScaling?, queryNorm: VectorParameter?, keyNorm: VectorParameter?
  ) {
    layout = cache.layout
    self.cache = .passUnretained(cache)
    blocks = cache.blocks(ofLayer: layer)
    blockStride = cache.blockStride
    queryHeadCount = sizes.attentionHeadCount
    epsilon = sizes.epsilon
    self.rows = rows
    self.halfCount = halfCount
    angles = table?.pointers
    hasRowPerToken = table?.hasRowPerToken ?? false
    self.queryScaling = queryScaling
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
    if let queryNorm { normalize(query, count: queryHeadCount * dimension, queryNorm) }
    if let keyNorm { normalize(key, count: keyHeadCount * dimension, keyNorm) }
    if let (cosines, sines) = angles {
      let start = (hasRowPerToken ? token : position) * halfCount
      // Queries and keys lie side by side: one call turns both.
      Kernels.applyRotary(
        query, headCount: queryHeadCount + keyHeadCount, headStride: dimension, halfCount: halfCount,
        cosines: cosines + start, sines: sines + start)
    }
    if let factor = queryScaling?.factor(position: position) {
      Kernels.scale(query, by: factor, count: queryHeadCount * dimension)
    }
    let isSaturated = Kernels.append(
      keys: key, values: key + keyHeadCount * dimension,
      to: blocks + Int(place.block) * blockStride, slot: Int(place.slot), layout: layout)
    if isSaturated { cache._withUnsafeGuaranteedRef { $0.noteSaturation() } }
  }
  /// Norms as many elements at a time as the norm has weights: a head's, or those of all heads.
  private func normalize(_ values: UnsafeMutablePointer<Float>, count: Int, _ norm: VectorParameter) {
    Kernels.rmsNorm(
      rows: values, rowCount: count / norm.count, weight: norm.pointer, epsilon: epsilon, into: values,
      columnCount: norm.count)
  }
}
