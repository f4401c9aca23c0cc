import QuireJSON
import QuireModelFiles

extension ModelInspection {
  /// The description as one JSON object with a fixed order of keys, on one line.
  ///
  /// - Parameters:
  ///   - chatFormatName: the hand-written format that prompts of conversations follow; nil where the template is run.
  ///   - chatWay: how they are made, and why; nil where that is not known.
  package func json(chatFormatName: String?, chatWay: String? = nil) -> String {
    var writer = JSONWriter()
    writer.object { object in
      object.member("path", path)
      object.member("name", name)
      object.member("container", container)
      object.member("architecture", architecture)
      object.key("config")
      if let plan { object.plan(plan) } else { object.null() }
      object.member("tokenizer", tokenizerKind)
      object.member("chat_template", chatTemplate)
      object.member("chat_format", chatFormatName)
      object.member("chat_prompts", chatWay)
      object.member("parameters", parameterCount)
      object.member("file_bytes", fileByteCount)
      object.member("weight_bytes_float32", floatWeightByteCount)
      object.member("kv_bytes_per_token_float32", keyValueByteCountPerToken)
      object.key("layer_groups")
      if let layerGroups { object.array(layerGroups) { $0.layerGroup($1) } } else { object.null() }
      object.key("formats")
      object.array(formats) { $0.format($1) }
      object.key("tensors")
      object.array(tensors) { $0.tensor($1) }
      if let specialTokens {
        object.key("special_tokens")
        object.array(specialTokens) { $0.specialToken($1) }
      }
      object.key("warnings")
      object.array(warnings) { $0.string($1.description) }
      object.member("refusal", refusal?.description)
    }
    return writer.text
  }
}

extension JSONWriter {
  fileprivate mutating func plan(_ plan: ModelPlan) {
    let (sizes, layer) = (plan.sizes, plan.layers[0])
    let windows = plan.layers.compactMap(\.attention.window)
    object { object in
      object.member("architecture", sizes.architecture)
      object.member("hidden_size", sizes.hiddenSize)
      object.member("intermediate_size", sizes.intermediateSize)
      object.member("num_hidden_layers", sizes.layerCount)
      object.member("num_attention_heads", sizes.attentionHeadCount)
      object.member("num_key_value_heads", sizes.keyValueHeadCount)
      object.member("head_dim", sizes.headDimension)
      object.member("vocab_size", sizes.vocabularySize)
      object.member("max_position_embeddings", sizes.maxPositionCount)
      object.key("rms_norm_eps")
      object.number(sizes.epsilon)
      object.key("rope_theta")
      object.number(plan.rotaries[0].theta)
      object.member("rope_scaling", plan.rotaries[0].scaling.name)
      object.member("sliding_window", windows.max())
      object.member("sliding_window_layers", windows.count)
      object.member("tie_word_embeddings", sizes.tiesEmbedding)
      object.member("attention_bias", layer.attention.queryKeyValue.bias != nil)
      object.member("mlp_bias", layer.feedForward.gateUp.bias != nil)
      object.member("query_key_norm", layer.attention.queryNorm != nil)
      if let quantization = plan.quantization { object.member("quantization", quantization.summary) }
    }
  }

  fileprivate mutating func layerGroup(_ group: ModelInspection.LayerGroup) {
    object { object in
      object.member("layers", group.layerCount)
      object.member("window", group.window)
      object.member("kv_bytes_per_token_float32", group.byteCountPerToken)
      object.member("kv_bytes_of_longest_text_float32", group.byteCountOfLongestText)
    }
  }

  fileprivate mutating func specialToken(_ token: ModelInspection.SpecialTokenSummary) {
    object { object in
      object.member("id", token.id)
      object.member("text", token.text)
      object.key("roles")
      object.array(token.roles) { $0.string($1) }
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
