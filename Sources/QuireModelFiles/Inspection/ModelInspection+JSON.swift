import QuireJSON

extension ModelInspection {
  /// The description as one JSON object with a fixed order of keys, on one line.
  ///
  /// - Parameter chatFormatName: the format that the chat template was recognised as, nil where it was not.
  public func json(chatFormatName: String?) -> String {
    var writer = JSONWriter()
    writer.object { object in
      object.member("path", path)
      object.member("name", name)
      object.member("container", container)
      object.member("architecture", architecture)
      object.key("config")
      if let config { object.config(config) } else { object.null() }
      object.member("tokenizer", tokenizerKind)
      object.member("chat_template", chatTemplate)
      object.member("chat_format", chatFormatName)
      object.member("parameters", parameterCount)
      object.member("file_bytes", fileByteCount)
      object.member("weight_bytes_float32", floatWeightByteCount)
      object.member("kv_bytes_per_token_float32", keyValueByteCountPerToken)
      object.key("formats")
      object.array(formats) { $0.format($1) }
      object.key("tensors")
      object.array(tensors) { $0.tensor($1) }
      object.member("refusal", refusal?.description)
    }
    return writer.text
  }
}

extension JSONWriter {
  fileprivate mutating func config(_ config: ModelConfig) {
    object { object in
      object.member("architecture", config.architecture.rawValue)
      object.member("hidden_size", config.hiddenSize)
      object.member("intermediate_size", config.intermediateSize)
      object.member("num_hidden_layers", config.layerCount)
      object.member("num_attention_heads", config.attentionHeadCount)
      object.member("num_key_value_heads", config.keyValueHeadCount)
      object.member("head_dim", config.headDimension)
      object.member("vocab_size", config.vocabularySize)
      object.member("max_position_embeddings", config.maxPositionEmbeddings)
      object.key("rms_norm_eps")
      object.number(config.rmsNormEpsilon)
      object.key("rope_theta")
      object.number(config.ropeTheta)
      object.member("rope_scaling", config.ropeScaling.name)
      object.member("sliding_window", config.slidingWindow)
      object.member("sliding_window_layers", config.slidingWindowLayers.count { $0 })
      object.member("tie_word_embeddings", config.tiedWordEmbeddings)
      object.member("attention_bias", config.attentionBias)
      object.member("mlp_bias", config.mlpBias)
      object.member("query_key_norm", config.queryKeyNorm)
    }
  }

  fileprivate mutating func format(_ format: ModelInspection.FormatUsage) {
    object { object in
      object.member("name", format.name)
      object.member("tensors", format.tensorCount)
      object.member("bytes", format.byteCount)
      object.member("supported", format.isSupported)
    }
  }

  fileprivate mutating func tensor(_ tensor: ModelInspection.TensorSummary) {
    object { object in
      object.member("name", tensor.name)
      object.key("shape")
      object.array(tensor.shape) { $0.integer($1) }
      object.member("format", tensor.format)
      object.member("bytes", tensor.byteCount)
    }
  }
}
