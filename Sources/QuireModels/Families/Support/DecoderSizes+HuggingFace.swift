import QuireJSON
import QuireModelFiles

/// What a class of Hugging Face transformers takes for keys that a config.json lacks.
struct HuggingFaceDefaults {
  var maxPositionCount: Int
  /// nil: as many as query heads.
  var keyValueHeadCount: Int?
  /// nil: the hidden size divided among the query heads.
  var headDimension: Int?
  var epsilon = 1e-6
  var tiesEmbedding = false
  var ropeTheta = 10_000.0
}

extension DecoderSizes {
  /// The keys that all decoders of a `config.json` share, in the form of transformers 4 and of transformers 5.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where a value is missing, of the wrong type or out of range, or where the
  ///   model is one that Quire does not compute.
  @inline(never)
  init(
    huggingFace json: JSONDocument, _ architecture: String, defaults: HuggingFaceDefaults
  ) throws(ModelFileError) {
    let hiddenSize = try json.integer("hidden_size", in: ModelLimits.width)
    let headCount = try json.integer("num_attention_heads", in: ModelLimits.heads)
    let layerCount = try json.integer("num_hidden_layers", in: ModelLimits.layers)
    // An explicit null means as many as query heads, an absent key the default of the class.
    let absent = json.contains("num_key_value_heads") ? headCount : defaults.keyValueHeadCount ?? headCount
    self.init(
      architecture: architecture, hiddenSize: hiddenSize,
      intermediateSize: try json.integer("intermediate_size", in: ModelLimits.intermediate),
      layerCount: layerCount, attentionHeadCount: headCount,
      keyValueHeadCount: try json.integerIfPresent("num_key_value_heads", in: ModelLimits.heads) ?? absent,
      headDimension: try Self.headDimension(
        json, hiddenSize: hiddenSize, headCount: headCount, defaults.headDimension),
      vocabularySize: try json.integer("vocab_size", in: ModelLimits.vocabulary),
      maxPositionCount: try json.integerIfPresent("max_position_embeddings", in: ModelLimits.positions)
        ?? defaults.maxPositionCount,
      epsilon: Float(try json.numberIfPresent("rms_norm_eps", in: ModelLimits.epsilon) ?? defaults.epsilon),
      tiesEmbedding: try json.boolIfPresent("tie_word_embeddings") ?? defaults.tiesEmbedding)
    try checkHeads(
      path: json.path, names: ("num_attention_heads", "num_key_value_heads", "head_dim"))
  }

  private static func headDimension(
    _ json: JSONDocument, hiddenSize: Int, headCount: Int, _ defaultDimension: Int?
  ) throws(ModelFileError) -> Int {
    if let dimension = try json.integerIfPresent("head_dim", in: ModelLimits.headDimension) {
      return dimension
    }
    if let defaultDimension { return defaultDimension }
    guard hiddenSize % headCount == 0, ModelLimits.headDimension.contains(hiddenSize / headCount) else {
      throw json.wrong(
        "num_attention_heads", .integer(headCount), "a divisor of hidden_size, \(hiddenSize), or a head_dim")
    }
    return hiddenSize / headCount
  }
}
