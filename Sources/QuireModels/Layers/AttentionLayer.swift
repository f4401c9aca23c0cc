import QuireKernels
import QuirePlatform
import QuireModelFiles

/// A layer's attention: norm, queries, keys and values in one matmul, rotation, attention over the cache, output.
struct AttentionLayer: Sendable {
  private let norm: VectorParameter?
  private let queryKeyValue: Linear
  private let queryNorm: VectorParameter?
  private let keyNorm: VectorParameter?
  private let output: Linear
  /// Which of the model's rotary settings; nil for none.
  private let rotary: Int?
  /// Pairs of a head that those turn.
  private let halfCount: Int
  private let queryScaling: QueryScaling?
  private let window: Int?
  private let scale: Float
  private let softCap: Float?
  private let outputNorm: VectorParameter?
  private let outputScale: Float

  init(
    _ plan: AttentionPlan, _ rotaries: [RotaryPlan], _ loader: WeightLoader
  ) throws(ModelFileError) {
    norm = try loader.vector(plan.norm)
    queryKeyValue = try loader.linear(plan.queryKeyValue)
    queryNorm = try loader.vector(plan.queryNorm)
    keyNorm = try loader.vector(plan.keyNorm)
    output = try loader.linear(plan.output)
    rotary = plan.rotary
    halfCount = plan.rotary.map { rotaries[$0].dimension / 2 } ?? 0
    queryScaling = plan.queryScaling
    window = plan.window
    scale = plan.scale
    softCap = plan.softCap
    outputNorm = try loader.vector(plan.outputNorm)
    outputScale = plan.outputScale
  }

  /// Bytes of memory of all weights.
  var byteCount: Int {
    [norm, queryNorm, keyNorm, outputNorm].reduce(queryKeyValue.byteCount + output.byteCount) {
      $0 + ($1?.byteCount ?? 0)
    }
  }

  /// What `project` leaves to be added to the residual stream.
  var left: BlockOutput { BlockOutput(norm: outputNorm, scale: outputScale) }

  /// Stores the tokens' keys and values in the cache, and computes their attention.
  ///
  /// - Parameters:
  ///   - left: what the block before has left, nil where this is the first.
  ///   - logitRows: the only tokens whose attention is wanted, nil for all.
  func attend(_ step: DecoderStep, layer: Int, adding left: BlockOutput?, logitRows: [Int32]?) {
    let workspace = step.workspace
    let input = step.blockInput(norm: norm, adding: left)
    queryKeyValue.apply(
      workspace.normed, tokenCount: step.tokenCount, into: workspace.queryKeyValue.pointer, on: step.team
    ) { input.prepare($0) }
    workspace.profile?.end(.queryKeyValue)
    rotateAndStore(step, layer: layer)
    workspace.profile?.end(.rotateAndStore)
    if let logitRows, logitRows.count < step.tokenCount { workspace.plan.keepItems(of: logitRows) }
    attend(step, layer: layer)
    workspace.profile?.end(.attention)
  }

  /// Projects the attention of the first `tokenCount` rows.
  func project(_ step: DecoderStep, tokenCount: Int) {
    let workspace = step.workspace
    output.apply(
      workspace.attended, tokenCount: tokenCount, into: workspace.projected.pointer, on: step.team)
    workspace.profile?.end(.attentionOutput)
  }

  /// Norms (where the model does) and rotates queries and keys in place, then stores keys and values in the cache.
  private func rotateAndStore(_ step: DecoderStep, layer: Int) {
    let workspace = step.workspace
    let rotation = TokenRotation(
      sizes: step.sizes, cache: step.cache, layer: layer, rows: workspace.queryKeyValue.pointer,
      halfCount: halfCount, table: rotary.map { workspace.rotaries[$0] }, queryScaling: queryScaling,
      queryNorm: queryNorm, keyNorm: keyNorm)
    let positions = step.positions
    let firstPlace = step.cache.groups.places[layer].group * step.tokenCount
    workspace.plan.places.withUnsafeBufferPointer { places in
      // Storing a key takes some four times as long as reading it.
      step.team.forRows(step.tokenCount, workPerRow: 4 * rotation.rowStride) { range in
        for token in range {
          rotation.run(token: token, position: Int(positions[token]), place: places[firstPlace + token])
        }
      }
    }
  }

  private func attend(_ step: DecoderStep, layer: Int) {
    let (workspace, sizes) = (step.workspace, step.sizes)
    let cache = step.cache
    let group = cache.groups.places[layer].group
    Kernels.pagedAttention(
      queries: workspace.queryKeyValue.pointer, queryStride: sizes.queryWidth + 2 * sizes.keyValueWidth,
      blocks: cache.blocks(ofLayer: layer), shares: workspace.plan.shares, reads: workspace.plan.reads[group],
      shape: step.attentionShape(scale: scale, softCap: softCap), window: window, into: workspace.attended,
      on: step.team)
  }
}
