import QuireKernels
import QuireModelFiles
import QuirePlatform

extension LlamaModel {
  /// One step; see `CausalLanguageModel.forward`.
  package func forward(
    _ batch: ModelBatch, cache: KVCache, workspace: ModelWorkspace
  ) throws(ModelBatchError) -> Logits {
    try batch.check(vocabularySize: config.vocabularySize, cache: cache, workspace: workspace)
    let step = LlamaStep(model: self, workspace: workspace, cache: cache, tokenCount: batch.tokenCount)
    batch.tokenIDs.withUnsafeBufferPointer { tokenIDs in
      batch.positions.withUnsafeBufferPointer { positions in
        batch.blockTables.withUnsafeBufferPointer { blockTables in
          guard let tokenIDs = tokenIDs.baseAddress, let positions = positions.baseAddress,
            let blockTables = blockTables.baseAddress
          else { return }
          step.run(batch, tokenIDs: tokenIDs, positions: positions, blockTables: blockTables)
        }
      }
    }
    return step.logits(batch.logitRows)
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

  func run(
    _ batch: ModelBatch, tokenIDs: UnsafePointer<Int32>, positions: UnsafePointer<Int32>,
    blockTables: UnsafePointer<Int32>
  ) {
    let shape = AttentionShape(
      layout: cache.layout, groupSize: config.attentionHeadCount / config.keyValueHeadCount,
      scale: 1 / Float(config.headDimension).squareRoot())
    planAttention(batch, shape, blockTables)
    model.embedding.lookUp(
      tokenIDs, tokenCount: tokenCount, hiddenSize: config.hiddenSize, into: workspace.hidden.pointer,
      on: team)
    makeRotaryTables(positions)
    for (index, layer) in model.layers.enumerated() {
      normalize(adding: index > 0, weight: layer.attentionNorm)
      layer.queryKeyValue.apply(
        workspace.normed.pointer, tokenCount: tokenCount, into: workspace.queryKeyValue.pointer, on: team)
      let blocks = cache.blocks(ofLayer: index)
      rotateAndStore(layer, blocks)
      attend(shape, blocks, window: layer.window)
      layer.attentionOutput.apply(
        workspace.attended.pointer, tokenCount: tokenCount, into: workspace.projected.pointer, on: team)
      normalize(adding: true, weight: layer.feedForwardNorm)
      layer.gateUp.apply(
        workspace.normed.pointer, tokenCount: tokenCount, into: workspace.gateUp.pointer, on: team)
      gate()
      layer.down.apply(
        workspace.gated.pointer, tokenCount: tokenCount, into: workspace.projected.pointer, on: team)
    }
  }

  /// Final norm and output head of the rows that get logits.
  func logits(_ rows: [Int32]) -> Logits {
    let hiddenSize = config.hiddenSize
    let inputs = workspace.logitInputs.pointer
    for (index, row) in rows.enumerated() {
      let hidden = workspace.hidden.pointer + Int(row) * hiddenSize
      Kernels.add(workspace.projected.pointer + Int(row) * hiddenSize, to: hidden, count: hiddenSize)
      Kernels.rmsNorm(
        hidden, weight: model.outputNorm.pointer, epsilon: config.rmsNormEpsilon,
        into: inputs + index * hiddenSize, columnCount: hiddenSize)
    }
    model.outputHead.multiply(inputs, tokenCount: rows.count, into: workspace.logits.pointer, on: team)
    return Logits(base: workspace.logits.pointer, rowCount: rows.count, vocabularySize: config.vocabularySize)
  }

  /// The segments and shares of attention, the same in all layers.
  private func planAttention(
    _ batch: ModelBatch, _ shape: AttentionShape, _ blockTables: UnsafePointer<Int32>
  ) {
    workspace.attentionItems.removeAll(keepingCapacity: true)
    workspace.attentionSegments.removeAll(keepingCapacity: true)
    for (index, segment) in batch.segments.enumerated() {
      let work = AttentionSegment(
        tokenStart: segment.tokenStart, tokenCount: segment.tokenCount, contextStart: segment.contextStart,
        blockTable: blockTables + segment.blockTableStart)
      workspace.attentionSegments.append(work)
      shape.appendItems(of: work, index: index, to: &workspace.attentionItems)
    }
  }

  private func makeRotaryTables(_ positions: UnsafePointer<Int32>) {
    let halfCount = config.headDimension / 2
    let frequencies = model.inverseFrequencies.pointer
    let cosines = workspace.cosines.pointer
    let sines = workspace.sines.pointer
    // A cosine and a sine cost some 30 elements' worth of plain arithmetic.
    team.forRows(tokenCount, workPerRow: 30 * halfCount) { range in
      Kernels.rotaryTables(
        positions: positions + range.lowerBound, tokenCount: range.count, inverseFrequencies: frequencies,
        halfCount: halfCount, cosines: cosines + range.lowerBound * halfCount,
        sines: sines + range.lowerBound * halfCount)
    }
  }

  /// Adds the last block's output to the residual stream, and norms it for the next matmul.
  private func normalize(adding: Bool, weight: VectorParameter) {
    let columnCount = config.hiddenSize
    let epsilon = config.rmsNormEpsilon
    let weight = weight.pointer
    let hidden = workspace.hidden.pointer
    let projected = workspace.projected.pointer
    let normed = workspace.normed.pointer
    team.forRows(tokenCount, workPerRow: 2 * columnCount) { range in
      let start = range.lowerBound * columnCount
      if adding { Kernels.add(projected + start, to: hidden + start, count: range.count * columnCount) }
      Kernels.rmsNorm(
        rows: hidden + start, stride: columnCount, rowCount: range.count, weight: weight, epsilon: epsilon,
        into: normed + start, columnCount: columnCount)
    }
  }

  /// Norms (Qwen3) and rotates queries and keys in place, then stores keys and values in the cache.
  private func rotateAndStore(_ layer: LlamaLayer, _ blocks: UnsafeMutablePointer<Float>) {
    let layout = cache.layout
    let dimension = config.headDimension
    let queryHeadCount = config.attentionHeadCount
    let keyHeadCount = config.keyValueHeadCount
    let stride = (queryHeadCount + 2 * keyHeadCount) * dimension
    let epsilon = config.rmsNormEpsilon
    let rows = workspace.queryKeyValue.pointer
    let cosines = workspace.cosines.pointer
    let sines = workspace.sines.pointer
    let queryNorm = layer.queryNorm?.pointer
    let keyNorm = layer.keyNorm?.pointer
    for segment in workspace.attentionSegments {
      team.forRows(segment.tokenCount, workPerRow: stride) { range in
        for offset in range {
          let token = segment.tokenStart + offset
          let query = rows + token * stride
          let key = query + queryHeadCount * dimension
          if let queryNorm {
            Kernels.rmsNorm(
              rows: query, stride: dimension, rowCount: queryHeadCount, weight: queryNorm, epsilon: epsilon,
              into: query, columnCount: dimension)
          }
          if let keyNorm {
            Kernels.rmsNorm(
              rows: key, stride: dimension, rowCount: keyHeadCount, weight: keyNorm, epsilon: epsilon,
              into: key,
              columnCount: dimension)
          }
          // Queries and keys lie side by side: one call turns both.
          Kernels.applyRotary(
            query, headCount: queryHeadCount + keyHeadCount, halfCount: dimension / 2,
            cosines: cosines + token * (dimension / 2), sines: sines + token * (dimension / 2))
          let position = segment.contextStart + offset
          let block = Int(segment.blockTable[position / layout.blockSize])
          Kernels.append(
            keys: key, values: key + keyHeadCount * dimension, to: blocks + block * layout.blockElementCount,
            slot: position % layout.blockSize, layout: layout)
        }
      }
    }
  }

  private func attend(_ shape: AttentionShape, _ blocks: UnsafeMutablePointer<Float>, window: Int?) {
    workspace.attentionSegments.withUnsafeBufferPointer { segments in
      workspace.attentionItems.withUnsafeBufferPointer { items in
        guard let segments = segments.baseAddress else { return }
        Kernels.pagedAttention(
          queries: workspace.queryKeyValue.pointer, queryStride: config.queryWidth + 2 * config.keyValueWidth,
          blocks: blocks, segments: segments, items: items, shape: shape, window: window,
          into: workspace.attended.pointer, on: team)
      }
    }
  }

  private func gate() {
    let width = config.intermediateSize
    let gateUp = workspace.gateUp.pointer
    let gated = workspace.gated.pointer
    // An exponential costs some 10 elements' worth of plain arithmetic.
    team.forRows(tokenCount, workPerRow: 10 * width) { range in
      for token in range {
        let row = gateUp + token * 2 * width
        Kernels.siluGate(gate: row, up: row + width, into: gated + token * width, count: width)
      }
    }
  }
}
