import QuirePlatform

/// The buffers of one step, made once for the largest step and used again for each; one step at a time.
///
/// Large buffers take memory only as far as steps have used them. T = tokens of the step, F = tokens that pass the
/// feed-forward part together, H = hidden size, Q = query width, V = key/value width, I = intermediate size,
/// D = head dimension.
package final class ModelWorkspace {
  /// Tokens of a step at most.
  package let maxTokenCount: Int
  /// Rows of logits of a step at most.
  package let maxLogitRowCount: Int
  /// What computes the steps.
  let team: ThreadTeam

  /// `[T × H]`: the residual stream.
  let hidden: AlignedBuffer<Float>
  /// `[T × max(H, Q)]`: see `normed` and `attended`.
  private let inputs: AlignedBuffer<Float>
  /// `[T × H]`: the norm of the residual stream, the input of the next matmul. Shares its memory with `attended`: each
  /// is read for the last time before the other is written.
  var normed: UnsafeMutablePointer<Float> { inputs.pointer }
  /// `[T × Q]`: the output of attention.
  var attended: UnsafeMutablePointer<Float> { inputs.pointer }
  /// `[T × (Q + 2 V)]`: queries, keys and values of each token.
  let queryKeyValue: AlignedBuffer<Float>
  /// `[T × H]`: what a block adds to the residual stream.
  let projected: AlignedBuffer<Float>
  /// `[F × 2 I]`: gate, then up, of each token.
  let gateUp: AlignedBuffer<Float>
  /// `[F × I]`: the gated product.
  let gated: AlignedBuffer<Float>
  /// Cosines and sines of all positions so far, of each of the model's rotary settings.
  let rotaries: [RotaryTable]
  /// `[logit rows × vocabulary]`.
  let logits: AlignedBuffer<Float>
  /// Rebuilt each step.
  var plan = StepPlan()
  /// Where a step's time goes, while somebody wants to know.
  package var profile: StepProfile?

  /// Makes buffers for steps of up to `maxTokenCount` tokens and `maxLogitRowCount` rows of logits, both at least 1.
  init(sizes: DecoderSizes, rotaryCount: Int, maxTokenCount: Int, maxLogitRowCount: Int, team: ThreadTeam) {
    precondition(
      maxTokenCount >= 1 && maxLogitRowCount >= 1, "a step has at least one token and one logit row")
    self.maxTokenCount = maxTokenCount
    self.maxLogitRowCount = maxLogitRowCount
    self.team = team
    rotaries = (0..<rotaryCount).map { _ in RotaryTable() }
    hidden = AlignedBuffer(count: maxTokenCount * sizes.hiddenSize)
    inputs = AlignedBuffer(count: maxTokenCount * max(sizes.hiddenSize, sizes.queryWidth))
    queryKeyValue = AlignedBuffer(count: maxTokenCount * (sizes.queryWidth + 2 * sizes.keyValueWidth))
    projected = AlignedBuffer(count: maxTokenCount * sizes.hiddenSize)
    let feedForwardCount = min(maxTokenCount, Self.feedForwardTokenCount)
    gateUp = AlignedBuffer(count: feedForwardCount * 2 * sizes.intermediateSize)
    gated = AlignedBuffer(count: feedForwardCount * sizes.intermediateSize)
    logits = AlignedBuffer(count: maxLogitRowCount * sizes.vocabularySize)
  }

  /// Bytes that a workspace takes when its largest step has been run.
  package static func byteCount(sizes: DecoderSizes, maxTokenCount: Int, maxLogitRowCount: Int) -> Int {
    let perToken =
      2 * sizes.hiddenSize + max(sizes.hiddenSize, sizes.queryWidth) + sizes.queryWidth
      + 2 * sizes.keyValueWidth
    let feedForward = min(maxTokenCount, feedForwardTokenCount) * 3 * sizes.intermediateSize
    return MemoryLayout<Float>.stride
      * (maxTokenCount * perToken + feedForward + maxLogitRowCount * sizes.vocabularySize)
  }

  /// Tokens that pass the feed-forward part together: its values, the widest of all, then stay in the caches.
  static var feedForwardTokenCount: Int { 512 }
}
