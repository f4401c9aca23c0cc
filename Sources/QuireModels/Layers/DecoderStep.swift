import QuireKernels
import QuirePlatform

/// What the layers of one step share.
struct DecoderStep {
  let workspace: ModelWorkspace
  let cache: KVCache
  let team: ThreadTeam
  let sizes: DecoderSizes
  /// Absolute positions of the tokens, `[tokenCount]`.
  let positions: UnsafePointer<Int32>
  let tokenCount: Int

  /// Attention with the usual factor on scores: all layers share the rest.
  var attentionShape: AttentionShape { attentionShape(scale: sizes.usualScale) }

  /// A layer's attention.
  func attentionShape(scale: Float, softCap: Float? = nil) -> AttentionShape {
    AttentionShape(
      layout: cache.layout, blockStride: cache.blockStride,
      groupSize: sizes.attentionHeadCount / sizes.keyValueHeadCount, scale: scale,
      softCap: softCap)
  }

  /// The norm of some tokens' residual stream, the input of a block's first matmul, after what the block before left has
  /// been added; the residual stream itself where the block has no norm there.
  func blockInput(
    norm: VectorParameter?, adding left: BlockOutput?, firstToken: Int = 0
  ) -> BlockInput {
    let start = firstToken * sizes.hiddenSize
    return BlockInput(
      hidden: workspace.hidden.pointer + start,
      addend: left == nil ? nil : workspace.projected.pointer + start, addendNorm: left?.norm?.pointer,
      addendScale: left?.scale ?? 1, norm: norm?.pointer, epsilon: sizes.epsilon,
      output: workspace.normed + start,
      hiddenSize: sizes.hiddenSize)
  }

  /// Moves the residual stream and the attention output of `rows` (ascending) to the start; returns how many.
  func gatherRows(_ rows: [Int32]) -> Int {
    let hidden = workspace.hidden.pointer
    let attended = workspace.attended
    for (target, row) in rows.enumerated() where Int(row) != target {
      (hidden + target * sizes.hiddenSize).update(
        from: hidden + Int(row) * sizes.hiddenSize, count: sizes.hiddenSize)
      (attended + target * sizes.queryWidth).update(
        from: attended + Int(row) * sizes.queryWidth, count: sizes.queryWidth)
    }
    return rows.count
  }
}

/// What a block has left in the workspace to be added to the residual stream.
struct BlockOutput {
  /// `[hiddenSize]`: norms it before that; nil for as it is.
  let norm: VectorParameter?
  /// Factor on it after that.
  let scale: Float
}

/// The step between two blocks: adds what the one left to the residual stream, and norms that for the other's matmul.
struct BlockInput {
  /// `[tokens × hiddenSize]`: the residual stream.
  let hidden: UnsafeMutablePointer<Float>
  /// `[tokens × hiddenSize]`: what the block before left; nil before the first one.
  let addend: UnsafeMutablePointer<Float>?
  /// `[hiddenSize]`: norms the addend in place first, nil where it is added as it is.
  let addendNorm: UnsafePointer<Float>?
  /// Factor on the addend after that.
  let addendScale: Float
  /// `[hiddenSize]`; nil where the sum is the input as it is.
  let norm: UnsafePointer<Float>?
  let epsilon: Float
  /// `[tokens × hiddenSize]`: the normed sum, input of the other block.
  let output: UnsafeMutablePointer<Float>
  let hiddenSize: Int

  /// Makes the input of some tokens; once for each of them.
  func prepare(_ tokens: Range<Int>) {
    let start = tokens.lowerBound * hiddenSize
    if let addend, let addendNorm {
      Kernels.rmsNorm(
        rows: addend + start, rowCount: tokens.count, weight: addendNorm, epsilon: epsilon,
        into: addend + start, columnCount: hiddenSize)
    }
    if let addend, addendScale != 1 {
      Kernels.scale(addend + start, by: addendScale, count: tokens.count * hiddenSize)
    }
    guard let norm else {
      if let addend { Kernels.add(addend + start, to: hidden + start, count: tokens.count * hiddenSize) }
      (output + start).update(from: hidden + start, count: tokens.count * hiddenSize)
      return
    }
    Kernels.rmsNorm(
      rows: hidden + start, adding: addend.map { UnsafePointer($0 + start) }, rowCount: tokens.count,
      weight: norm, epsilon: epsilon, into: output + start, columnCount: hiddenSize)
  }
}
