import QuireJSON

/// `config.json`, in the form of transformers 4 and of transformers 5.
extension ModelConfig {
  /// The hyper-parameters that a `config.json` states, with the defaults of its class in Hugging Face transformers.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where a value is missing, of the wrong type or out of range, or where the
  ///   model is one that Quire does not compute.
  package init(huggingFace json: JSONDocument) throws(ModelFileError) {
    let architecture = try Architecture(huggingFace: json)
    try Self.refuseUnsupported(json)
    let hiddenSize = try json.integer("hidden_size", in: ModelLimits.width)
    let headCount = try json.integer("num_attention_heads", in: ModelLimits.heads)
    let layerCount = try json.integer("num_hidden_layers", in: ModelLimits.layers)
    let positions = try json.integerIfPresent("max_position_embeddings", in: ModelLimits.positions)
    let maxPositionEmbeddings = positions ?? architecture.defaultMaxPositionEmbeddings
    let rope = try RopeSettings(huggingFace: json, maxPositionEmbeddings: maxPositionEmbeddings)
    let window = try architecture.slidingWindow(json, layerCount: layerCount)
    let attentionBias = try json.boolIfPresent("attention_bias") ?? false
    let mlpBias = try json.boolIfPresent("mlp_bias") ?? false

    self.init(
      architecture: architecture, hiddenSize: hiddenSize,
      intermediateSize: try json.integer("intermediate_size", in: ModelLimits.intermediate),
      layerCount: layerCount, attentionHeadCount: headCount,
      keyValueHeadCount: try json.integerIfPresent("num_key_value_heads", in: ModelLimits.heads)
        ?? architecture.defaultKeyValueHeadCount(json, headCount: headCount),
      headDimension: try architecture.headDimension(json, hiddenSize: hiddenSize, headCount: headCount),
      vocabularySize: try json.integer("vocab_size", in: ModelLimits.vocabulary),
      maxPositionEmbeddings: maxPositionEmbeddings,
      rmsNormEpsilon: Float(try json.numberIfPresent("rms_norm_eps", in: ModelLimits.epsilon) ?? 1e-6),
      ropeTheta: rope.theta, ropeScaling: rope.scaling, slidingWindow: window.size,
      slidingWindowLayers: window.layers,
      tiedWordEmbeddings: try json.boolIfPresent("tie_word_embeddings") ?? false,
      attentionBias: architecture == .qwen2 || (architecture.readsAttentionBias && attentionBias),
      attentionOutputBias: architecture.readsAttentionBias && attentionBias,
      mlpBias: architecture == .llama && mlpBias, queryKeyNorm: architecture == .qwen3)
    try checkHeads(
      path: json.path, names: ("num_attention_heads", "num_key_value_heads", "head_dim"))
  }

  private static func refuseUnsupported(_ json: JSONDocument) throws(ModelFileError) {
    if let value = json["quantization_config"] {
      let method = try json.objectIfPresent("quantization_config")?.stringIfPresent("quant_method")
      throw json.wrong(
        "quantization_config", method.map(JSONValue.text) ?? value, "a checkpoint that is not quantised",
        remedy: "take the F32, F16 or BF16 checkpoint, or a GGUF file")
    }
    if let activation = try json.stringIfPresent("hidden_act"), activation != "silu" {
      throw json.wrong("hidden_act", .text(activation), "\"silu\"")
    }
  }
}

extension Architecture {
  /// The family that `architectures` and `model_type` name.
  init(huggingFace json: JSONDocument) throws(ModelFileError) {
    let known = Self.allCases.map(\.className).joined(separator: ", ")
    let modelType = try json.stringIfPresent("model_type")
    let byType = modelType.flatMap(Self.init(rawValue:))
    if let classes = try json.stringsIfPresent("architectures"), let first = classes.first {
      guard let byClass = Self.allCases.first(where: { $0.className == first }) else {
        throw json.wrong("architectures", .text(first), "one of " + known)
      }
      if let modelType, byType != byClass {
        throw json.wrong("model_type", .text(modelType), "\"\(byClass.rawValue)\", as architectures says")
      }
      self = byClass
      return
    }
    guard let modelType else { throw json.missing("architectures", "one of " + known) }
    guard let byType else {
      throw json.wrong(
        "model_type", .text(modelType), "one of " + Self.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self = byType
  }

  /// Whether the class looks at `attention_bias`: Mistral has no biases, Qwen2 always has them.
  fileprivate var readsAttentionBias: Bool { self == .llama || self == .qwen3 }

  fileprivate var defaultMaxPositionEmbeddings: Int {
    switch self {
    case .llama: 2048
    case .mistral: 131_072
    case .qwen2, .qwen3: 32_768
    }
  }

  /// An explicit null means as many as query heads; an absent key means the default of the class.
  fileprivate func defaultKeyValueHeadCount(_ json: JSONDocument, headCount: Int) -> Int {
    if json.contains("num_key_value_heads") { return headCount }
    return switch self {
    case .llama: headCount
    case .mistral: 8
    case .qwen2, .qwen3: 32
    }
  }

  fileprivate func headDimension(
    _ json: JSONDocument, hiddenSize: Int, headCount: Int
  ) throws(ModelFileError) -> Int {
    if let dimension = try json.integerIfPresent("head_dim", in: ModelLimits.headDimension) {
      return dimension
    }
    if self == .qwen3 { return 128 }
    guard hiddenSize % headCount == 0, ModelLimits.headDimension.contains(hiddenSize / headCount) else {
      throw json.wrong(
        "num_attention_heads", .integer(headCount), "a divisor of hidden_size, \(hiddenSize), or a head_dim")
    }
    return hiddenSize / headCount
  }

  /// The window and the layers that have it.
  fileprivate func slidingWindow(
    _ json: JSONDocument, layerCount: Int
  ) throws(ModelFileError) -> (size: Int?, layers: [Bool]) {
    let none = Array(repeating: false, count: layerCount)
    var size = try json.integerIfPresent("sliding_window", in: ModelLimits.positions)
    if size == nil, !json.contains("sliding_window"), self != .llama { size = 4096 }
    switch self {
    case .llama: return (nil, none)
    case .mistral: return (size, none.map { _ in size != nil })
    case .qwen2, .qwen3:
      let isUsed = try json.boolIfPresent("use_sliding_window") ?? false
      guard isUsed, let size else { return (nil, none) }
      let layers: [Bool]
      if let types = try json.stringsIfPresent("layer_types") {
        layers = try Self.slidingLayers(types, json, layerCount: layerCount)
      } else {
        let first =
          try json.integerIfPresent("max_window_layers", in: 0...ModelLimits.layers.upperBound) ?? 28
        layers = (0..<layerCount).map { $0 >= first }
      }
      return layers.contains(true) ? (size, layers) : (nil, none)
    }
  }

  private static func slidingLayers(
    _ types: [String], _ json: JSONDocument, layerCount: Int
  ) throws(ModelFileError) -> [Bool] {
    guard types.count == layerCount else {
      throw json.wrong(
        "layer_types", .array(types.map(JSONValue.text)), "one entry for each of \(layerCount) layers")
    }
    var layers: [Bool] = []
    for type in types {
      guard type == "sliding_attention" || type == "full_attention" else {
        throw json.wrong("layer_types", .text(type), "sliding_attention or full_attention")
      }
      layers.append(type == "sliding_attention")
    }
    return layers
  }
}
