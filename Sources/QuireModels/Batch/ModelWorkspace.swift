import QuireKernels
package import QuireModelFiles
import QuirePlatform

/// The buffers of one step, made once for the largest step and used again for each; one step at a time.
///
/// Large buffers take memory only as far as steps have used them. A layer's values pass to and fro between two of them,
/// what a matmul reads in one and what it writes in the other: each is read for the last time before the next is
/// written, so that those of one buffer share its memory. T = tokens of the step, H = hidden size,
/// Q = query width, V = key/value width, I = intermediate size, D = head dimension.
package final class ModelWorkspace {
  /// Tokens of a step at most.
  package let maxTokenCount: Int
  /// Rows of logits of a step at most.
  package let maxLogitRowCount: Int

  /// `[T × H]`: the residual stream.
  let hidden: AlignedBuffer<Float>
  /// What matmuls read: `normed`, `attended` or `gated`.
  private let inputs: AlignedBuffer<Float>
  /// What matmuls write: `queryKeyValue`, `projected` or `gateUp`.
  private let outputs: AlignedBuffer<Float>
  /// `[T × H]` of the inputs: the norm of the residual stream, for the next matmul.
  var normed: Rows { Rows(pointer: inputs.pointer) }
  /// `[T × Q]` of the inputs: the output of attention.
  var attended: Rows { Rows(pointer: inputs.pointer) }
  /// `[T × I]` of the inputs: the gated product.
  var gated: Rows { Rows(pointer: inputs.pointer) }
  /// `[T × (Q + 2 V)]` of the outputs: queries, keys and values of each token.
  var queryKeyValue: Rows { Rows(pointer: outputs.pointer) }
  /// `[T × H]` of the outputs: what a block adds to the residual stream.
  var projected: Rows { Rows(pointer: outputs.pointer) }
  /// `[T × 2 I]` of the outputs: gate, then up, of each token.
  var gateUp: Rows { Rows(pointer: outputs.pointer) }
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
    inputs = AlignedBuffer(count: maxTokenCount * Self.inputWidth(config))
    outputs = AlignedBuffer(count: maxTokenCount * Self.outputWidth(config))
    logits = AlignedBuffer(count: maxLogitRowCount * config.vocabularySize)
  }

  /// Bytes that a workspace takes when its largest step has been run.
  package static func byteCount(config: ModelConfig, maxTokenCount: Int, maxLogitRowCount: Int) -> Int {
    let perToken = config.hiddenSize + inputWidth(config) + outputWidth(config)
    let perLogitRow = config.vocabularySize
    return MemoryLayout<Float>.stride * (maxTokenCount * perToken + maxLogitRowCount * perLogitRow)
  }

  private static func inputWidth(_ config: ModelConfig) -> Int {
    max(config.hiddenSize, config.queryWidth, config.intermediateSize)
  }

  private static func outputWidth(_ config: ModelConfig) -> Int {
    max(config.queryWidth + 2 * config.keyValueWidth, config.hiddenSize, 2 * config.intermediateSize)
  }

  /// Rows of one of the values that share a buffer, without gaps.
  struct Rows {
    let pointer: UnsafeMutablePointer<Float>
  }
}
