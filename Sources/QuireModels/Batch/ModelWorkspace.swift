import QuireKernels
package import QuireModelFiles
import QuirePlatform

/// The buffers of one step, made once for the largest step and used again for each; one step at a time.
///
/// Large buffers take memory only as far as steps have used them. T = tokens of the step, H = hidden size,
/// Q = query width, V = key/value width, I = intermediate size, D = head dimension.
package final class ModelWorkspace {
  /// Tokens of a step at most.
  package let maxTokenCount: Int
  /// Rows of logits of a step at most.
  package let maxLogitRowCount: Int

  /// `[T × H]`: the residual stream.
  let hidden: AlignedBuffer<Float>
  /// `[T × H]`: its norm, the input of the next matmul.
  let normed: AlignedBuffer<Float>
  /// `[T × (Q + 2 V)]`: queries, keys and values of each token.
  let queryKeyValue: AlignedBuffer<Float>
  /// `[T × Q]`: the output of attention.
  let attended: AlignedBuffer<Float>
  /// `[T × H]`: what a block adds to the residual stream.
  let projected: AlignedBuffer<Float>
  /// `[T × 2 I]`: gate, then up, of each token.
  let gateUp: AlignedBuffer<Float>
  /// `[T × I]`: the gated product.
  let gated: AlignedBuffer<Float>
  /// Cosines and sines of all positions so far.
  let rotary = RotaryTable()
  /// `[logit rows × vocabulary]`.
  let logits: AlignedBuffer<Float>
  /// The step's attention shares and segments, rebuilt each step.
  var attentionItems: [AttentionItem] = []
  var attentionSegments: [AttentionSegment] = []
  /// The block id and the slot in it of each token, rebuilt each step.
  var tokenBlocks: [(block: Int32, slot: Int32)] = []
  /// Where a step's time goes, while somebody wants to know.
  package var profile: StepProfile?

  /// Makes buffers for steps of up to `maxTokenCount` tokens and `maxLogitRowCount` rows of logits, both at least 1.
  package init(config: ModelConfig, maxTokenCount: Int, maxLogitRowCount: Int) {
    precondition(
      maxTokenCount >= 1 && maxLogitRowCount >= 1, "a step has at least one token and one logit row")
    self.maxTokenCount = maxTokenCount
    self.maxLogitRowCount = maxLogitRowCount
    hidden = AlignedBuffer(count: maxTokenCount * config.hiddenSize)
    normed = AlignedBuffer(count: maxTokenCount * config.hiddenSize)
    queryKeyValue = AlignedBuffer(count: maxTokenCount * (config.queryWidth + 2 * config.keyValueWidth))
    attended = AlignedBuffer(count: maxTokenCount * config.queryWidth)
    projected = AlignedBuffer(count: maxTokenCount * config.hiddenSize)
    gateUp = AlignedBuffer(count: maxTokenCount * 2 * config.intermediateSize)
    gated = AlignedBuffer(count: maxTokenCount * config.intermediateSize)
    logits = AlignedBuffer(count: maxLogitRowCount * config.vocabularySize)
  }

  /// Bytes that a workspace takes when its largest step has been run.
  package static func byteCount(config: ModelConfig, maxTokenCount: Int, maxLogitRowCount: Int) -> Int {
    let perToken =
      3 * config.hiddenSize + 2 * config.queryWidth + 2 * config.keyValueWidth + 3 * config.intermediateSize
    let perLogitRow = config.vocabularySize
    return MemoryLayout<Float>.stride * (maxTokenCount * perToken + maxLogitRowCount * perLogitRow)
  }
}
