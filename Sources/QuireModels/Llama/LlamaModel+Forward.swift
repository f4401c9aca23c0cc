import QuireKernels
import QuireModelFiles
import QuirePlatform

extension LlamaModel {
  /// One step; see `CausalLanguageModel.forward`.
  package func forward(
    _ batch: ModelBatch, cache: KVCache, workspace: ModelWorkspace, _ body: (Int, Logits) -> Void
  ) throws(ModelBatchError) {
    try batch.check(
      vocabularySize: config.vocabularySize, window: config.attentionWindow, cache: cache,
      workspace: workspace)
    let step = LlamaStep(model: self, workspace: workspace, cache: cache, tokenCount: batch.tokenCount)
    team.beginStep()
    defer { team.endStep() }
    batch.tokenIDs.withUnsafeBufferPointer { tokenIDs in
      batch.blockTables.withUnsafeBufferPointer { blockTables in
        guard let tokenIDs = tokenIDs.baseAddress, let blockTables = blockTables.baseAddress else { return }
        step.run(batch, tokenIDs: tokenIDs, blockTables: blockTables)
        step.computeLogits(rowCount: batch.logitRows.count, body)
      }
    }
  }
}

/// The pass of one batch through a Llama model. T = tokens of the step, H = hidden size, Q = query width,
/// V = key/value width, I = intermediate size.
struct LlamaStep {
  let model: LlamaModel
  let workspace: ModelWorkspace
  let cache: KVCache
  let tokenCount: Int

  private var config: ModelConfig { model.config }
  private var team: ThreadTeam { model.team }

  func run(_ batch: ModelBatch, tokenIDs: UnsafePointer<Int32>, blockTables: UnsafePointer<Int32>) {
    workspace.profile?.beginStep()
    let shape = AttentionShape(
      layout: cache.layout, blockStride: cache.blockStride,
      groupSize: config.attentionHeadCount / config.keyValueHeadCount,
      scale: 1 / Float(config.headDimension).squareRoot())
    plan(batch, shape, blockTables)
    model.embedding.lookUp(
      tokenIDs, tokenCount: tokenCount, hiddenSize: config.hiddenSize, into: workspace.hidden.pointer,
      on: team)
    workspace.rotary.prepare(
      positionCount: 1 + Int(batch.positions.max() ?? 0),
      inverseFrequencies: model.inverseFrequencies.pointer,
      halfCount: config.headDimension / 2, on: team)
    workspace.profile?.end(.prepare)
    for (index, layer) in model.layers.enumerated() {
      layer.queryKeyValue.apply(
        workspace.normed, tokenCount: tokenCount, into: workspace.queryKeyValue.pointer, on: team
      ) { normalize($0, adding: index > 0, weight: layer.attentionNorm) }
      workspace.profile?.end(.queryKeyValue)
      rotateAndStore(batch, layer, index: index)
      let isLast = index == model.layers.count - 1
      if isLast && batch.logitRows.count < tokenCount { keepAttentionItems(of: batch.logitRows) }
      attend(shape, cache.blocks(ofLayer: index), window: layer.window)
      let rowCount = isLast ? gatherRows(batch.logitRows) : tokenCount
      finish(layer, tokenCount: rowCount)
    }
  }

  /// The logits of the residual stream, which `run` has left with the logit rows alone, gathered at its start.
  func computeLogits(rowCount: Int, _ body: (Int, Logits) -> Void) {
    for start in stride(from: 0, to: rowCount, by: workspace.maxLogitRowCount) {
      let partCount = min(workspace.maxLogitRowCount, rowCount - start)
      model.outputHead.multiply(
        workspace.normed + start * config.hiddenSize, tokenCount: partCount,
        into: workspace.logits.pointer, on: team
      ) {
        normalize(
          $0.lowerBound + start..<$0.upperBound + start, adding: true, weight: model.outputNorm)
      }
      workspace.profile?.end(.outputHead)
      body(
        start,
        Logits(
          base: workspace.logits.pointer, rowCount: partCount, vocabularySize: config.vocabularySize))
      workspace.profile?.end(.sampling)
    }
  }

  /// What follows attention in a layer.
  private func finish(_ layer: LlamaLayer, tokenCount: Int) {
    guard tokenCount > 0 else { return }
    layer.attentionOutput.apply(
      workspace.attended, tokenCount: tokenCount, into: workspace.projected.pointer, on: team)
    workspace.profile?.end(.attentionOutput)
    for start in stride(from: 0, to: tokenCount, by: ModelWorkspace.feedForwardTokenCount) {
      feedForward(layer, start..<min(tokenCount, start + ModelWorkspace.feedForwardTokenCount))
    }
  }

  /// The feed-forward part of a layer for some tokens.
  private func feedForward(_ layer: LlamaLayer, _ tokens: Range<Int>) {
    let start = tokens.lowerBound
    let input = workspace.normed + start * config.hiddenSize
    let output = workspace.projected.pointer + start * config.hiddenSize
    let norm = { (range: Range<Int>) in
      normalize(
        range.lowerBound + start..<range.upperBound + start, adding: true, weight: layer.feedForwardNorm)
    }
    let (gateUp, down) = (layer.gateUp, layer.down)
    if gateUp.bias == nil, down.bias == nil,
      gateUp.weights.canGate(into: down.weights, tokenCount: tokens.count, on: team)
    {
      gateUp.weights.multiplyGated(
        input, tokenCount: tokens.count, activation: .silu, into: down.weights, output: output, on: team,
        preparing: norm
      ) { workspace.profile?.end(.gateUp) }
    } else {
      gateUp.apply(
        input, tokenCount: tokens.count, into: workspace.gateUp.pointer, on: team, preparing: norm)
      workspace.profile?.end(.gateUp)
      down.apply(workspace.gated.pointer, tokenCount: tokens.count, into: output, on: team) { gate($0) }
    }
    workspace.profile?.end(.down)
  }

  /// The segments and shares of attention and the tokens' places in the cache, the same in all layers.
  private func plan(_ batch: ModelBatch, _ shape: AttentionShape, _ blockTables: UnsafePointer<Int32>) {
    workspace.attentionItems.removeAll(keepingCapacity: true)
    workspace.attentionSegments.removeAll(keepingCapacity: true)
    workspace.tokenBlocks.removeAll(keepingCapacity: true)
    for (index, segment) in batch.segments.enumerated() {
      let blockTable = blockTables + segment.blockTableStart
      let work = AttentionSegment(
        tokenStart: segment.tokenStart, tokenCount: segment.tokenCount, contextStart: segment.contextStart,
        blockTable: blockTable)
      workspace.attentionSegments.append(work)
      shape.appendItems(of: work, index: index, to: &workspace.attentionItems)
      for position in segment.contextStart..<segment.contextStart + segment.tokenCount {
        let (block, slot) = position.quotientAndRemainder(dividingBy: cache.blockSize)
        workspace.tokenBlocks.append((blockTable[block], Int32(slot)))
      }
    }
  }

  /// Leaves out the shares of attention that hold no logit row: nothing reads them in the last layer.
  private func keepAttentionItems(of logitRows: [Int32]) {
    workspace.attentionItems.removeAll { item in
      let tokens = item.tokens(in: workspace.attentionSegments[item.segmentIndex])
      return !logitRows.hasElement(in: tokens)
    }
  }

  /// Moves the residual stream and the attention output of `rows` (ascending) to the start; returns how many.
  private func gatherRows(_ rows: [Int32]) -> Int {
    let hidden = workspace.hidden.pointer
    let attended = workspace.attended
    for (target, row) in rows.enumerated() where Int(row) != target {
      (hidden + target * config.hiddenSize).update(
        from: hidden + Int(row) * config.hiddenSize, count: config.hiddenSize)
      (attended + target * config.queryWidth).update(
        from: attended + Int(row) * config.queryWidth, count: config.queryWidth)
    }
    return rows.count
  }

  /// Adds the last block's output to the residual stream of some tokens, and norms it for the next matmul.
  private func normalize(_ tokens: Range<Int>, adding: Bool, weight: VectorParameter) {
    let start = tokens.lowerBound * config.hiddenSize
    Kernels.rmsNorm(
      rows: workspace.hidden.pointer + start,
      adding: adding ? UnsafePointer(workspace.projected.pointer + start) : nil, rowCount: tokens.count,
      weight: weight.pointer, epsilon: config.rmsNormEpsilon, into: workspace.normed + start,
      columnCount: config.hiddenSize)
  }

  /// Norms (Qwen3) and rotates queries and keys in place, then stores keys and values in the cache.
  private func rotateAndStore(_ batch: ModelBatch, _ layer: LlamaLayer, index: Int) {
    let rotation = TokenRotation(
      config: config, cache: cache, layer: index, rows: workspace.queryKeyValue.pointer,
      rotary: workspace.rotary, queryNorm: layer.queryNorm?.pointer, keyNorm: layer.keyNorm?.pointer)
    batch.positions.withUnsafeBufferPointer { positions in
      workspace.tokenBlocks.withUnsafeBufferPointer { places in
        // Storing a key takes some four times as long as reading it.
        team.forRows(tokenCount, workPerRow: 4 * rotation.rowStride) { range in
          for token in range {
            rotation.run(token: token, position: Int(positions[token]), place: places[token])
          }
        }
      }
    }
    workspace.profile?.end(.rotateAndStore)
  }

  private func attend(_ shape: AttentionShape, _ blocks: UnsafeMutableRawPointer, window: Int?) {
    workspace.attentionSegments.withUnsafeBufferPointer { segments in
      workspace.attentionItems.withUnsafeBufferPointer { items in
        guard let segments = segments.baseAddress else { return }
        Kernels.pagedAttention(
          queries: workspace.queryKeyValue.pointer, queryStride: config.queryWidth + 2 * config.keyValueWidth,
          blocks: blocks, segments: segments, items: items, shape: shape, window: window,
          into: workspace.attended, on: team)
      }
    }
    workspace.profile?.end(.attention)
  }

  /// The gated product of some of the tokens that pass together.
  private func gate(_ tokens: Range<Int>) {
    let width = config.intermediateSize
    Kernels.gatedProduct(
      workspace.gateUp.pointer + tokens.lowerBound * 2 * width, activation: .silu,
      into: workspace.gated.pointer + tokens.lowerBound * width, rowCount: tokens.count, columnCount: width)
  }
}

extension [Int32] {
  /// Whether one of the ascending elements lies in `range`; logarithmic.
  fileprivate func hasElement(in range: Range<Int>) -> Bool {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if Int(self[middle]) < range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < count && range.contains(Int(self[low]))
  }
}
