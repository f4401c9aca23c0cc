/// The model families that Quire computes.
public enum Architecture: String, Sendable, CaseIterable {
  /// Llama, and all that says it is one (SmolLM2, and Mistral's GGUF files).
  case llama
  /// Mistral: Llama with a sliding window.
  case mistral
  /// Qwen2 and Qwen2.5: biases on q, k and v.
  case qwen2
  /// Qwen3: norms on every head's q and k.
  case qwen3

  /// The class name in `config.json`.
  public var className: String {
    switch self {
    case .llama: "LlamaForCausalLM"
    case .mistral: "MistralForCausalLM"
    case .qwen2: "Qwen2ForCausalLM"
    case .qwen3: "Qwen3ForCausalLM"
    }
  }
}

/// How the angles of the rotary embedding are changed for longer texts.
public enum RopeScaling: Sendable, Equatable {
  /// Not at all.
  case none
  /// Every frequency is divided by `factor`, which is positive.
  case linear(factor: Double)
  /// Llama 3: low frequencies are divided by `factor`, high ones kept, those between blended. `lowFrequencyFactor` is less than
  /// `highFrequencyFactor`, all are positive.
  case llama3(
    factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double,
    originalMaxPositionEmbeddings: Int)
  /// Frequency `i` is divided by element `i` of the GGUF tensor `rope_freqs.weight`, which holds
  /// `headDimension / 2` elements.
  case frequencyFactors
}

/// The hyper-parameters of a model, from `config.json` or GGUF metadata. Every range has been checked.
public struct ModelConfig: Sendable, Equatable {
  /// The family.
  public var architecture: Architecture
  /// The width of the residual stream.
  public var hiddenSize: Int
  /// The width inside the feed-forward block.
  public var intermediateSize: Int
  /// The number of layers.
  public var layerCount: Int
  /// The query heads, a multiple of the key and value heads.
  public var attentionHeadCount: Int
  /// The key and value heads.
  public var keyValueHeadCount: Int
  /// The width of one head, even; apart from `hiddenSize / attentionHeadCount`.
  public var headDimension: Int
  /// The rows of the embedding.
  public var vocabularySize: Int
  /// The longest text in tokens that the model was made for.
  public var maxPositionEmbeddings: Int
  /// Added to the mean square in every norm, in `0...1`.
  public var rmsNormEpsilon: Float
  /// The base of the rotary embedding's frequencies, at least 1.
  public var ropeTheta: Double
  /// How those frequencies are scaled.
  public var ropeScaling: RopeScaling
  /// How many positions, its own included, a token sees on the layers of ``slidingWindowLayers``; nil where no layer has a window.
  public var slidingWindow: Int?
  /// Which layers have the window, one entry a layer.
  public var slidingWindowLayers: [Bool]
  /// Whether the output head is the embedding.
  public var tiedWordEmbeddings: Bool
  /// Whether q, k and v have biases.
  public var attentionBias: Bool
  /// Whether the attention's output has a bias.
  public var attentionOutputBias: Bool
  /// Whether the three matrices of the feed-forward block have biases.
  public var mlpBias: Bool
  /// Whether every head's q and k are normed before the rotation.
  public var queryKeyNorm: Bool

  /// How many positions, its own included, a token sees on the layer that sees most; nil where some layer sees all.
  public var attentionWindow: Int? { slidingWindowLayers.allSatisfy { $0 } ? slidingWindow : nil }

  /// A configuration of values at hand, as tests need it; files go through the checked initialisers.
  public init(
    architecture: Architecture, hiddenSize: Int, intermediateSize: Int, layerCount: Int,
    attentionHeadCount: Int, keyValueHeadCount: Int, headDimension: Int, vocabularySize: Int,
    maxPositionEmbeddings: Int, rmsNormEpsilon: Float = 1e-6, ropeTheta: Double = 10_000,
    ropeScaling: RopeScaling = .none, slidingWindow: Int? = nil, slidingWindowLayers: [Bool]? = nil,
    tiedWordEmbeddings: Bool = false, attentionBias: Bool = false, attentionOutputBias: Bool = false,
    mlpBias: Bool = false, queryKeyNorm: Bool = false
  ) {
    self.architecture = architecture
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.layerCount = layerCount
    self.attentionHeadCount = attentionHeadCount
    self.keyValueHeadCount = keyValueHeadCount
    self.headDimension = headDimension
    self.vocabularySize = vocabularySize
    self.maxPositionEmbeddings = maxPositionEmbeddings
    self.rmsNormEpsilon = rmsNormEpsilon
    self.ropeTheta = ropeTheta
    self.ropeScaling = ropeScaling
    self.slidingWindow = slidingWindow
    self.slidingWindowLayers =
      slidingWindowLayers ?? Array(repeating: slidingWindow != nil, count: layerCount)
    self.tiedWordEmbeddings = tiedWordEmbeddings
    self.attentionBias = attentionBias
    self.attentionOutputBias = attentionOutputBias
    self.mlpBias = mlpBias
    self.queryKeyNorm = queryKeyNorm
  }

  /// The width of all query heads together.
  public var queryWidth: Int { attentionHeadCount * headDimension }
  /// The width of all key heads together, and of all value heads.
  public var keyValueWidth: Int { keyValueHeadCount * headDimension }
  /// The elements that one token adds to the caches of keys and values of all layers.
  public var keyValueElementsPerToken: Int { 2 * layerCount * keyValueWidth }
}
