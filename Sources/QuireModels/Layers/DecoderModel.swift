package import QuireKernels
package import QuireModelFiles
package import QuirePlatform

/// A decoder of attention and feed-forward blocks, put together as its family's plan says.
package final class DecoderModel: CausalLanguageModel {
  package let shape: ModelShape
  package let weightByteCount: Int
  let sizes: DecoderSizes
  let team: ThreadTeam
  let embedding: EmbeddingLayer
  let layers: [DecoderLayer]
  let outputHead: OutputHead
  /// The parameters of each of the plan's rotary settings.
  let rotaries: [RotaryParameters]

  /// Packs the weights of an opened model, in parallel on `team`, which also runs the model where a workspace names no
  /// other.
  ///
  /// - Parameter lengthLimit: tokens of a text at most; nil for as many as the model was made for.
  /// - Throws: `ModelFileError` that names the first tensor that holds NaN or an infinity, or whose file has shrunk.
  ///   Names, shapes and formats have been checked when the package was opened.
  package init(
    _ package: ModelPackage, backend: MatmulBackend = .automatic, precision: WeightPrecision = .stored,
    lengthLimit: Int? = nil, team: ThreadTeam
  ) throws(ModelFileError) {
    let plan = package.plan
    let loader = WeightLoader(store: package.tensors, backend: backend, precision: precision, team: team)
    shape = plan.shape
    sizes = plan.sizes
    self.team = team
    let headWeights = try loader.matrix(plan.outputHead ?? plan.embedding)
    let table =
      plan.outputHead == nil
      ? EmbeddingTable(sharedWith: headWeights) : try loader.embedding(plan.embedding)
    embedding = EmbeddingLayer(
      table: table, hiddenSize: plan.sizes.hiddenSize, scale: plan.embeddingScale)
    var layers: [DecoderLayer] = []
    for layer in plan.layers { layers.append(try DecoderLayer(layer, plan.rotaries, loader)) }
    self.layers = layers
    outputHead = OutputHead(
      norm: try loader.vector(plan.outputNorm), weights: headWeights, epsilon: plan.sizes.epsilon,
      scale: plan.logitScale, softCap: plan.logitSoftCap)
    var rotaries: [RotaryParameters] = []
    for rotary in plan.rotaries {
      rotaries.append(try loader.rotary(rotary, lengthLimit: lengthLimit ?? plan.sizes.maxPositionCount))
    }
    self.rotaries = rotaries
    weightByteCount = table.byteCount + outputHead.byteCount + layers.reduce(0) { $0 + $1.byteCount }
  }

  package func makeWorkspace(
    maxTokenCount: Int, maxLogitRowCount: Int, team: ThreadTeam?
  ) -> ModelWorkspace {
    ModelWorkspace(
      sizes: sizes, rotaryCount: rotaries.count, maxTokenCount: maxTokenCount,
      maxLogitRowCount: maxLogitRowCount, team: team ?? self.team)
  }

  package func forward(
    _ batch: ModelBatch, cache: KVCache, workspace: ModelWorkspace, _ body: (Int, Logits) -> Void
  ) throws(ModelBatchError) {
    try batch.check(vocabularySize: shape.vocabularySize, cache: cache, workspace: workspace)
    let team = workspace.team
    team.beginStep()
    defer { team.endStep() }
    batch.positions.withUnsafeBufferPointer { positions in
      batch.tokenIDs.withUnsafeBufferPointer { tokenIDs in
        batch.blockTables.withUnsafeBufferPointer { blockTables in
          guard let positions = positions.baseAddress, let tokenIDs = tokenIDs.baseAddress,
            let blockTables = blockTables.baseAddress
          else { return }
          let step = DecoderStep(
            workspace: workspace, cache: cache, team: team, sizes: sizes, positions: positions,
            tokenCount: batch.tokenCount)
          run(batch, step, tokenIDs: tokenIDs, blockTables: blockTables)
          outputHead.run(
            step, rowCount: batch.logitRows.count, adding: layers.last?.feedForward.left,
            openTokens: batch.hasOpenTokens ? batch.openTokens : [], hiddenRows: batch.hiddenRows, body)
        }
      }
    }
  }

  /// Everything before the output head; the residual stream is left with the logit rows alone, gathered at its start.
  private func run(
    _ batch: ModelBatch, _ step: DecoderStep, tokenIDs: UnsafePointer<Int32>,
    blockTables: UnsafePointer<Int32>
  ) {
    let workspace = step.workspace
    workspace.profile?.beginStep()
    workspace.plan.prepare(
      batch, blockTables: blockTables, step.attentionShape, step.cache.groups,
      threadCount: step.team.threadCount)
    embedding.run(step, tokenIDs: tokenIDs)
    for (table, rotary) in zip(workspace.rotaries, rotaries) { table.prepare(batch, rotary, on: step.team) }
    workspace.profile?.end(.prepare)
    var left: BlockOutput?
    for (index, layer) in layers.enumerated() {
      let isLast = index == layers.count - 1
      layer.attention.attend(step, layer: index, adding: left, logitRows: isLast ? batch.logitRows : nil)
      let rowCount = isLast ? step.gatherRows(batch.logitRows) : step.tokenCount
      guard rowCount > 0 else { return }
      layer.attention.project(step, tokenCount: rowCount)
      layer.feedForward.run(step, tokenCount: rowCount, adding: layer.attention.left)
      left = layer.feedForward.left
    }
  }
}

/// One layer's two blocks.
struct DecoderLayer: Sendable {
  let attention: AttentionLayer
  let feedForward: FeedForwardLayer

  init(_ plan: LayerPlan, _ rotaries: [RotaryPlan], _ loader: WeightLoader) throws(ModelFileError) {
    attention = try AttentionLayer(plan.attention, rotaries, loader)
    feedForward = try FeedForwardLayer(plan.feedForward, loader)
  }

  /// Bytes of memory of all weights.
  var byteCount: Int { attention.byteCount + feedForward.byteCount }
}
