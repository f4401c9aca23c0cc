extension ModelInspection {
  /// The description as one JSON object with a fixed order of keys, on one line.
  ///
  /// - Parameter chatFormatName: the format that the chat template was recognised as, nil where it was not.
  public func json(chatFormatName: String?) -> String {
    var object = JSONObjectText()
    object.add("path", string: path)
    object.add("name", string: name)
    object.add("container", string: container)
    object.add("architecture", string: architecture)
    object.add("config", raw: config.map(Self.json))
    object.add("tokenizer", string: tokenizerKind)
    object.add("chat_template", string: chatTemplate)
    object.add("chat_format", string: chatFormatName)
    object.add("parameters", raw: "\(parameterCount)")
    object.add("file_bytes", raw: "\(fileByteCount)")
    object.add("weight_bytes_float32", raw: "\(floatWeightByteCount)")
    object.add("kv_bytes_per_token_float32", raw: keyValueByteCountPerToken.map(String.init))
    object.add("formats", raw: "[" + formats.map(Self.json).joined(separator: ",") + "]")
    object.add("tensors", raw: "[" + tensors.map(Self.json).joined(separator: ",") + "]")
    object.add("refusal", string: refusal?.description)
    return object.text
  }

  private static func json(_ config: ModelConfig) -> String {
    var object = JSONObjectText()
    object.add("architecture", string: config.architecture.rawValue)
    object.add("hidden_size", raw: "\(config.hiddenSize)")
    object.add("intermediate_size", raw: "\(config.intermediateSize)")
    object.add("num_hidden_layers", raw: "\(config.layerCount)")
    object.add("num_attention_heads", raw: "\(config.attentionHeadCount)")
    object.add("num_key_value_heads", raw: "\(config.keyValueHeadCount)")
    object.add("head_dim", raw: "\(config.headDimension)")
    object.add("vocab_size", raw: "\(config.vocabularySize)")
    object.add("max_position_embeddings", raw: "\(config.maxPositionEmbeddings)")
    object.add("rms_norm_eps", raw: "\(config.rmsNormEpsilon)")
    object.add("rope_theta", raw: "\(config.ropeTheta)")
    object.add("rope_scaling", string: config.ropeScaling.name)
    object.add("sliding_window", raw: config.slidingWindow.map(String.init))
    object.add("sliding_window_layers", raw: "\(config.slidingWindowLayers.count { $0 })")
    object.add("tie_word_embeddings", raw: "\(config.tiedWordEmbeddings)")
    object.add("attention_bias", raw: "\(config.attentionBias)")
    object.add("mlp_bias", raw: "\(config.mlpBias)")
    object.add("query_key_norm", raw: "\(config.queryKeyNorm)")
    return object.text
  }

  private static func json(_ format: FormatUsage) -> String {
    var object = JSONObjectText()
    object.add("name", string: format.name)
    object.add("tensors", raw: "\(format.tensorCount)")
    object.add("bytes", raw: "\(format.byteCount)")
    object.add("supported", raw: "\(format.isSupported)")
    return object.text
  }

  private static func json(_ tensor: TensorSummary) -> String {
    var object = JSONObjectText()
    object.add("name", string: tensor.name)
    object.add("shape", raw: "[" + tensor.shape.map(String.init).joined(separator: ",") + "]")
    object.add("format", string: tensor.format)
    object.add("bytes", raw: "\(tensor.byteCount)")
    return object.text
  }
}

/// The text of a JSON object whose members keep the order in which they were added.
struct JSONObjectText {
  private var members: [String] = []

  /// The object.
  var text: String { "{" + members.joined(separator: ",") + "}" }

  /// Adds a member whose value is JSON already; nil becomes null.
  mutating func add(_ key: String, raw value: String?) {
    members.append(Self.quoted(key) + ":" + (value ?? "null"))
  }

  /// Adds a text; nil becomes null.
  mutating func add(_ key: String, string value: String?) {
    add(key, raw: value.map(Self.quoted))
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
