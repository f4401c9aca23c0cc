package import QuireKernels
package import QuireModelFiles

/// A model as its family read it from a file: sizes, and of what each layer is made. Every value has been checked.
///
/// All that happens to a model's files afterwards follows from its plan: which tensors they must hold, how much memory
/// those take, how they are packed and what is computed with them.
package struct ModelPlan: Sendable {
  /// The sizes of the whole.
  package var sizes: DecoderSizes
  /// The rotary settings that layers choose from; the first one is the model's own.
  package var rotaries: [RotaryPlan]
  /// `[vocabularySize × hiddenSize]`.
  package var embedding: WeightSource
  /// Factor on each embedding.
  package var embeddingScale: Float = 1
  /// The layers, in order.
  package var layers: [LayerPlan]
  /// `[hiddenSize]`, after the last layer.
  package var outputNorm: VectorSource
  /// `[vocabularySize × hiddenSize]`; nil where the embedding is the output head too.
  package var outputHead: WeightSource?
  /// What a file may hold beside an embedding that is to be the output head too, and which counts where it differs.
  package var tiedHead: WeightSource?
  /// What the checkpoint holds, by its class.
  package var checkpointClass = CheckpointClass.causalLM
  /// Whether there is an output head; without one texts are read, and no token follows.
  package var makesTokens = true
  /// Factor on each logit, before the cap.
  package var logitScale: Float = 1
  /// What no logit exceeds in magnitude, `cap * tanh(logit / cap)` taking its place; above 0, or nil for no cap.
  package var logitSoftCap: Float?
  /// How linear layers are quantised in tensors of several parts; nil where they are not.
  package var quantization: WeightQuantization?
  /// Which other tensors of a file say nothing that the plan does not.
  package var passedOver: PassedOverTensors
  /// What is odd about the configuration.
  package var warnings: [ModelFileWarning] = []

  /// What caches and engine need to know.
  package var shape: ModelShape {
    ModelShape(
      architecture: sizes.architecture, layerCount: layers.count, keyValueHeadCount: sizes.keyValueHeadCount,
      headDimension: sizes.headDimension, vocabularySize: sizes.vocabularySize,
      maxPositionCount: sizes.maxPositionCount, windows: layers.map(\.attention.window),
      dynamicScalings: rotaries.compactMap(\.dynamicScaling))
  }
}

/// The two blocks of a layer.
package struct LayerPlan: Sendable {
  package var attention: AttentionPlan
  package var feedForward: FeedForwardPlan
}

/// Grouped-query attention with rotary positions, perhaps a norm before it and one after it.
package struct AttentionPlan: Sendable {
  /// `[hiddenSize]`; nil where the residual stream is projected as it is.
  package var norm: VectorSource?
  /// Queries, keys and values of all heads, one matmul: `[(queryWidth + 2 keyValueWidth) × hiddenSize]`.
  package var queryKeyValue: LinearSource
  /// `[headDimension]`: norms every head's query before the rotation; `[queryWidth]`: norms all of them as one.
  package var queryNorm: VectorSource?
  /// `[headDimension]`: norms every head's key before the rotation; `[keyValueWidth]`: norms all of them as one.
  package var keyNorm: VectorSource?
  /// `[hiddenSize × queryWidth]`.
  package var output: LinearSource
  /// Which of the model's rotary settings turns queries and keys; nil where they are left as they are.
  package var rotary: Int? = 0
  /// Positions that a token sees, its own included; nil for all before it.
  package var window: Int?
  /// Factor on each score.
  package var scale: Float
  /// What no score exceeds in magnitude, as for logits; above 0, or nil for no cap.
  package var softCap: Float?
  /// What queries are multiplied by, by their position; nil for nothing.
  package var queryScaling: QueryScaling?
  /// `[hiddenSize]`: norms what is added to the residual stream.
  package var outputNorm: VectorSource?
  /// Factor on what is added to the residual stream.
  package var outputScale: Float = 1
}

/// A gated feed-forward block, perhaps a norm before it and one after it.
package struct FeedForwardPlan: Sendable {
  /// `[hiddenSize]`; nil where the residual stream is projected as it is.
  package var norm: VectorSource?
  /// Gates, then factors, one matmul: `[2 intermediateSize × hiddenSize]`.
  package var gateUp: LinearSource
  /// `[hiddenSize × intermediateSize]`.
  package var down: LinearSource
  /// What is done to the gates.
  package var activation: GateActivation
  /// `[hiddenSize]`: norms what is added to the residual stream.
  package var outputNorm: VectorSource?
  /// Factor on what is added to the residual stream.
  package var outputScale: Float = 1
}
