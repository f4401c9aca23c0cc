import QuireKernels
import QuireModelFiles

/// Llama's layers and output head with the switches in which Mistral, Qwen2 and Qwen3 differ from it.
struct LlamaBlocks {
  var sizes: DecoderSizes
  var names: TensorNames
  var rotary: RotaryPlan
  /// The window of each layer; no layer has one where it is empty.
  var windows: [Int?] = []
  var hasAttentionBiases = false
  var hasOutputBias = false
  var hasFeedForwardBiases = false
  var normsQueriesAndKeys = false
  /// How the rows of queries and keys are ordered in each head.
  var queryKeyOrder = RowOrder.stored

  func plan() -> ModelPlan {
    let (hidden, vocabulary) = (sizes.hiddenSize, sizes.vocabularySize)
    return ModelPlan(
      sizes: sizes, rotaries: [rotary],
      embedding: names.matrix("model.embed_tokens", "token_embd", vocabulary, hidden),
      layers: (0..<sizes.layerCount).map(layer),
      outputNorm: names.vector("model.norm", "output_norm", hidden),
      outputHead: sizes.tiesEmbedding ? nil : names.matrix("lm_head", "output", vocabulary, hidden),
      passedOver: names.passedOver(tiesEmbedding: sizes.tiesEmbedding))
  }

  private func layer(_ index: Int) -> LayerPlan {
    let names = names.layer(index)
    let (hidden, inner) = (sizes.hiddenSize, sizes.intermediateSize)
    let (queryWidth, keyValueWidth) = (sizes.queryWidth, sizes.keyValueWidth)
    return LayerPlan(
      attention: AttentionPlan(
        norm: names.vector("input_layernorm", "attn_norm", hidden),
        queryKeyValue: .stacked([
          names.linear(
            "self_attn.q_proj", "attn_q", queryWidth, hidden, bias: hasAttentionBiases, order: queryKeyOrder),
          names.linear(
            "self_attn.k_proj", "attn_k", keyValueWidth, hidden, bias: hasAttentionBiases,
            order: queryKeyOrder),
          names.linear("self_attn.v_proj", "attn_v", keyValueWidth, hidden, bias: hasAttentionBiases),
        ]),
        queryNorm: normsQueriesAndKeys
          ? names.vector("self_attn.q_norm", "attn_q_norm", sizes.headDimension) : nil,
        keyNorm: normsQueriesAndKeys
          ? names.vector("self_attn.k_norm", "attn_k_norm", sizes.headDimension) : nil,
        output: names.linear("self_attn.o_proj", "attn_output", hidden, queryWidth, bias: hasOutputBias),
        window: windows.isEmpty ? nil : windows[index], scale: sizes.usualScale),
      feedForward: FeedForwardPlan(
        norm: names.vector("post_attention_layernorm", "ffn_norm", hidden),
        gateUp: .stacked([
          names.linear("mlp.gate_proj", "ffn_gate", inner, hidden, bias: hasFeedForwardBiases),
          names.linear("mlp.up_proj", "ffn_up", inner, hidden, bias: hasFeedForwardBiases),
        ]),
        down: names.linear("mlp.down_proj", "ffn_down", hidden, inner, bias: hasFeedForwardBiases),
        activation: .silu))
  }
}

extension LlamaBlocks {
  /// What a config.json says of the switches, whether its class looks at them or not.
  ///
  /// - Throws: ``ModelFileError`` that names the key at fault.
  init(
    huggingFace json: JSONDocument, _ architecture: String, defaults: HuggingFaceDefaults
  ) throws(ModelFileError) {
    let sizes = try DecoderSizes(huggingFace: json, architecture, defaults: defaults)
    let rotary = try RotaryPlan(huggingFace: json, sizes)
    let hasBiases = try json.boolIfPresent("attention_bias") ?? false
    self.init(
      sizes: sizes, names: TensorNames(layout: .huggingFace), rotary: rotary, hasAttentionBiases: hasBiases,
      hasOutputBias: hasBiases, hasFeedForwardBiases: try json.boolIfPresent("mlp_bias") ?? false)
  }

  /// What the metadata and the optional tensors of a GGUF file say.
  ///
  /// - Throws: ``ModelFileError`` that names the key at fault.
  init(gguf file: GGUFFile, _ architecture: String) throws(ModelFileError) {
    let keys = GGUFKeys(prefix: architecture)
    let sizes = try DecoderSizes(gguf: file, architecture, keys)
    try file.metadata.requireWholeHeads(keys, sizes)
    self.init(
      sizes: sizes, names: TensorNames(layout: .gguf),
      rotary: try RotaryPlan(gguf: file, keys, dimension: sizes.headDimension),
      hasAttentionBiases: file.hasTensor("blk.0.attn_q.bias"),
      hasOutputBias: file.hasTensor("blk.0.attn_output.bias"),
      hasFeedForwardBiases: file.hasTensor("blk.0.ffn_gate.bias"))
  }
}
