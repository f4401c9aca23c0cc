/// The metadata of a GGUF file, with llama.cpp's defaults for absent keys.
extension ModelConfig {
  /// The hyper-parameters that a GGUF file states by its metadata and by which optional tensors it holds.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where a value is missing, of the wrong type or out of range, or where the
  ///   model is one that Quire does not compute.
  package init(gguf file: GGUFFile) throws(ModelFileError) {
    let metadata = file.metadata
    let architecture = try Architecture(gguf: metadata)
    let keys = GGUFModelKeys(prefix: architecture.rawValue)
    try Self.refuseUnsupported(metadata, keys)
    let hiddenSize = try metadata.integer(keys.embeddingLength, in: ModelLimits.width)
    let headCount = try metadata.integer(keys.headCount, in: ModelLimits.heads)
    let layerCount = try metadata.integer(keys.blockCount, in: ModelLimits.layers)
    let window =
      architecture == .llama ? try metadata.integerIfPresent(keys.slidingWindow, in: 0...1 << 30) : nil
    let hasTensor = { (name: String) in file.tensors[name] != nil || file.unsupportedTensors[name] != nil }

    self.init(
      architecture: architecture, hiddenSize: hiddenSize,
      intermediateSize: try metadata.integer(keys.feedForwardLength, in: ModelLimits.intermediate),
      layerCount: layerCount, attentionHeadCount: headCount,
      keyValueHeadCount: try metadata.integerIfPresent(keys.keyValueHeadCount, in: ModelLimits.heads)
        ?? headCount,
      headDimension: try Self.headDimension(metadata, keys, hiddenSize: hiddenSize, headCount: headCount),
      vocabularySize: try Self.vocabularySize(file, keys),
      maxPositionEmbeddings: try metadata.integer(keys.contextLength, in: ModelLimits.positions),
      rmsNormEpsilon: try Self.epsilon(metadata, keys),
      ropeTheta: try metadata.numberIfPresent(keys.ropeBase, in: ModelLimits.ropeTheta) ?? 10_000,
      ropeScaling: try Self.ropeScaling(
        metadata, keys, hasFactors: hasTensor(ModelTensor.ropeFrequencyFactors.name(in: .gguf))),
      slidingWindow: window == 0 ? nil : window,
      tiedWordEmbeddings: !hasTensor(ModelTensor.outputHead.name(in: .gguf)),
      attentionBias: architecture == .qwen2 || hasTensor("blk.0.attn_q.bias"),
      attentionOutputBias: hasTensor("blk.0.attn_output.bias"), mlpBias: hasTensor("blk.0.ffn_gate.bias"),
      queryKeyNorm: architecture == .qwen3)
    try checkHeads(path: file.path, names: (keys.headCount, keys.keyValueHeadCount, keys.keyLength))
  }

  private static func refuseUnsupported(
    _ metadata: GGUFMetadata, _ keys: GGUFModelKeys
  ) throws(ModelFileError) {
    let experts = try metadata.integerIfPresent(keys.expertCount, in: 0...65_536) ?? 0
    guard experts == 0 else {
      throw metadata.wrong(keys.expertCount, metadata[keys.expertCount]!, "0: a model without experts")
    }
  }

  private static func headDimension(
    _ metadata: GGUFMetadata, _ keys: GGUFModelKeys, hiddenSize: Int, headCount: Int
  ) throws(ModelFileError) -> Int {
    let stated = try metadata.integerIfPresent(keys.keyLength, in: ModelLimits.headDimension)
    if stated == nil,
      hiddenSize % headCount != 0 || !ModelLimits.headDimension.contains(hiddenSize / headCount)
    {
      throw metadata.wrong(
        keys.headCount, metadata[keys.headCount]!, "a divisor of \(keys.embeddingLength), \(hiddenSize)")
    }
    let dimension = stated ?? hiddenSize / headCount
    for key in [keys.valueLength, keys.ropeDimension] {
      let other = try metadata.integerIfPresent(key, in: ModelLimits.headDimension)
      if let other, other != dimension {
        throw metadata.wrong(key, metadata[key]!, "\(dimension), the width of a key's head")
      }
    }
    return dimension
  }

  /// The tokens in the list; without one, the stated size; without that, the rows of the embedding.
  private static func vocabularySize(_ file: GGUFFile, _ keys: GGUFModelKeys) throws(ModelFileError) -> Int {
    let metadata = file.metadata
    let stated = try metadata.integerIfPresent(keys.vocabularySize, in: ModelLimits.vocabulary)
    if let tokens = try metadata.arrayIfPresent("tokenizer.ggml.tokens") {
      if let stated, stated != tokens.count {
        throw metadata.wrong(
          keys.vocabularySize, metadata[keys.vocabularySize]!,
          "\(tokens.count), the length of tokenizer.ggml.tokens")
      }
      guard ModelLimits.vocabulary.contains(tokens.count) else {
        throw metadata.wrong(
          "tokenizer.ggml.tokens", .array(tokens), "1 to \(ModelLimits.vocabulary.upperBound)")
      }
      return tokens.count
    }
    if let stated { return stated }
    let rows = try file.tensor(ModelTensor.tokenEmbedding.name(in: .gguf)).rowCount
    guard ModelLimits.vocabulary.contains(rows) else {
      throw metadata.missing(keys.vocabularySize, "the size of the vocabulary")
    }
    return rows
  }

  private static func epsilon(_ metadata: GGUFMetadata, _ keys: GGUFModelKeys) throws(ModelFileError) -> Float
  {
    guard let epsilon = try metadata.numberIfPresent(keys.epsilon, in: ModelLimits.epsilon) else {
      throw metadata.missing(keys.epsilon, "a number from 0 to 1")
    }
    return Float(epsilon)
  }

  private static func ropeScaling(
    _ metadata: GGUFMetadata, _ keys: GGUFModelKeys, hasFactors: Bool
  ) throws(ModelFileError) -> RopeScaling {
    let type = try metadata.stringIfPresent(keys.ropeScalingType)
    let factor = try metadata.numberIfPresent(keys.ropeScalingFactor, in: 0...1e6)
    let legacyFactor = try metadata.numberIfPresent(keys.ropeScaleLinear, in: 0...1e6)
    switch type {
    case "none": break
    case nil, "linear":
      // As in llama.cpp: absent means linear, and a factor of 0 means 1.
      if let factor = factor ?? legacyFactor, factor != 0, factor != 1 {
        if hasFactors {
          throw metadata.wrong(
            keys.ropeScalingFactor, .float(factor, .float32), "no factor beside the tensor rope_freqs.weight")
        }
        return .linear(factor: factor)
      }
    default: throw metadata.wrong(keys.ropeScalingType, metadata[keys.ropeScalingType]!, "none or linear")
    }
    return hasFactors ? .frequencyFactors : .none
  }
}

extension Architecture {
  /// The family that `general.architecture` names.
  init(gguf metadata: GGUFMetadata) throws(ModelFileError) {
    let name = try metadata.string("general.architecture")
    switch name {
    case "llama": self = .llama
    case "qwen2": self = .qwen2
    case "qwen3": self = .qwen3
    default:
      throw metadata.wrong("general.architecture", .string(name), "llama, qwen2 or qwen3")
    }
  }
}

/// The keys of a model's hyper-parameters, which begin with its architecture.
struct GGUFModelKeys {
  let prefix: String

  var embeddingLength: String { prefix + ".embedding_length" }
  var feedForwardLength: String { prefix + ".feed_forward_length" }
  var blockCount: String { prefix + ".block_count" }
  var contextLength: String { prefix + ".context_length" }
  var vocabularySize: String { prefix + ".vocab_size" }
  var expertCount: String { prefix + ".expert_count" }
  var headCount: String { prefix + ".attention.head_count" }
  var keyValueHeadCount: String { prefix + ".attention.head_count_kv" }
  var keyLength: String { prefix + ".attention.key_length" }
  var valueLength: String { prefix + ".attention.value_length" }
  var epsilon: String { prefix + ".attention.layer_norm_rms_epsilon" }
  var slidingWindow: String { prefix + ".attention.sliding_window" }
  var ropeDimension: String { prefix + ".rope.dimension_count" }
  var ropeBase: String { prefix + ".rope.freq_base" }
  var ropeScalingType: String { prefix + ".rope.scaling.type" }
  var ropeScalingFactor: String { prefix + ".rope.scaling.factor" }
  var ropeScaleLinear: String { prefix + ".rope.scale_linear" }
}
