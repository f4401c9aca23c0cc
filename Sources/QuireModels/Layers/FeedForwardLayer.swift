import QuireKernels
import QuirePlatform
import QuireModelFiles

/// A layer's gated feed-forward part: norm, gates and factors in one matmul, their product, output.
struct FeedForwardLayer: Sendable {
  private let norm: VectorParameter?
  private let gateUp: Linear
  private let down: Linear
  private let activation: GateActivation
  private let outputNorm: VectorParameter?
  private let outputScale: Float

  init(_ plan: FeedForwardPlan, _ loader: WeightLoader) throws(ModelFileError) {
    norm = try loader.vector(plan.norm)
    gateUp = try loader.linear(plan.gateUp)
    down = try loader.linear(plan.down)
    activation = plan.activation
    outputNorm = try loader.vector(plan.outputNorm)
    outputScale = plan.outputScale
  }

  /// Bytes of memory of all weights.
  var byteCount: Int {
    (norm?.byteCount ?? 0) + gateUp.byteCount + down.byteCount + (outputNorm?.byteCount ?? 0)
  }

  /// What `run` leaves to be added to the residual stream.
  var left: BlockOutput { BlockOutput(norm: outputNorm, scale: outputScale) }

  /// Runs the first `tokenCount` rows, some at a time.
  ///
  /// - Parameter left: what the block before has left.
  func run(_ step: DecoderStep, tokenCount: Int, adding left: BlockOutput) {
    for start in stride(from: 0, to: tokenCount, by: ModelWorkspace.feedForwardTokenCount) {
      let end = min(tokenCount, start + ModelWorkspace.feedForwardTokenCount)
      run(step, start..<end, step.blockInput(norm: norm, adding: left, firstToken: start))
    }
  }

  private func run(_ step: DecoderStep, _ tokens: Range<Int>, _ input: BlockInput) {
    let (workspace, team) = (step.workspace, step.team)
    let output = workspace.projected.pointer + tokens.lowerBound * step.sizes.hiddenSize
    if gateUp.bias == nil, down.bias == nil,
      gateUp.weights.canGate(into: down.weights, tokenCount: tokens.count, on: team)
    {
      gateUp.weights.multiplyGated(
        input.output, tokenCount: tokens.count, activation: activation, into: down.weights, output: output,
        on: team,
        preparing: { input.prepare($0) }
      ) { workspace.profile?.end(.gateUp) }
    } else {
      let gated = workspace.gated.pointer
      gateUp.apply(
        input.output, tokenCount: tokens.count, into: workspace.gateUp.pointer, on: team
      ) { input.prepare($0) }
      workspace.profile?.end(.gateUp)
      down.apply(gated, tokenCount: tokens.count, into: output, on: team) { gate($0, step) }
    }
    workspace.profile?.end(.down)
  }

  /// The gated product of some of the tokens that pass together.
  private func gate(_ tokens: Range<Int>, _ step: DecoderStep) {
    let (workspace, width) = (step.workspace, step.sizes.intermediateSize)
    Kernels.gatedProduct(
      workspace.gateUp.pointer + tokens.lowerBound * 2 * width, activation: activation,
      into: workspace.gated.pointer + tokens.lowerBound * width, rowCount: tokens.count, columnCount: width)
  }
}
