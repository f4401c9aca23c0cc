import QuireKernels
import QuirePlatform

/// The residual stream to logits.
struct OutputHead: Sendable {
  let norm: VectorParameter
  let weights: PackedMatrix
  let epsilon: Float
  /// Factor on each logit, before the cap.
  let scale: Float
  /// What no logit exceeds in magnitude; nil for no cap.
  let softCap: Float?

  /// Bytes of memory of all weights.
  var byteCount: Int { norm.byteCount + weights.byteCount }

  /// Computes the logits of the first `rowCount` rows, as many at a time as the workspace holds.
  ///
  /// - Parameters:
  ///   - left: what the last block has left.
  ///   - body: see `CausalLanguageModel.forward`.
  func run(_ step: DecoderStep, rowCount: Int, adding left: BlockOutput?, _ body: (Int, Logits) -> Void) {
    let workspace = step.workspace
    for start in stride(from: 0, to: rowCount, by: workspace.maxLogitRowCount) {
      let partCount = min(workspace.maxLogitRowCount, rowCount - start)
      let input = step.blockInput(norm: norm, adding: left, firstToken: start)
      weights.multiply(
        input.output, tokenCount: partCount, into: workspace.logits.pointer, on: step.team
      ) { input.prepare($0) }
      if scale != 1 { multiply(workspace.logits.pointer, partCount, step) }
      if let softCap { cap(workspace.logits.pointer, partCount, step, softCap) }
      workspace.profile?.end(.outputHead)
      body(
        start,
        Logits(
          base: workspace.logits.pointer, rowCount: partCount, vocabularySize: step.sizes.vocabularySize))
      workspace.profile?.end(.sampling)
    }
  }

  private func multiply(_ logits: UnsafeMutablePointer<Float>, _ rowCount: Int, _ step: DecoderStep) {
    let width = step.sizes.vocabularySize
    step.team.forRows(rowCount, workPerRow: width) { rows in
      Kernels.scale(logits + rows.lowerBound * width, by: scale, count: rows.count * width)
    }
  }

  private func cap(
    _ logits: UnsafeMutablePointer<Float>, _ rowCount: Int, _ step: DecoderStep, _ softCap: Float
  ) {
    let width = step.sizes.vocabularySize
    // A hyperbolic tangent costs some ten elements' worth of plain arithmetic.
    step.team.forRows(rowCount, workPerRow: 10 * width) { rows in
      Kernels.softCap(logits + rows.lowerBound * width, count: rows.count * width, cap: softCap)
    }
  }
}
