/// How a model is laid out on disk, which decides its tensors' names.
public enum ModelLayout: String, Sendable {
  /// One GGUF file.
  case gguf
  /// A directory with `config.json` and safetensors.
  case huggingFace
}

/// One weight of a model, whatever the layout calls it.
public enum ModelTensor: Sendable, Hashable {
  /// `[vocabularySize, hiddenSize]`.
  case tokenEmbedding
  /// `[hiddenSize]`, after the last layer.
  case outputNorm
  /// `[vocabularySize, hiddenSize]`, absent where it is tied to the embedding.
  case outputHead
  /// `[headDimension / 2]`, GGUF files of Llama 3 only.
  case ropeFrequencyFactors
  /// A weight of one layer, from 0.
  case layer(Int, LayerTensor)

  /// The name in a layout.
  public func name(in layout: ModelLayout) -> String {
    switch (self, layout) {
    case (.tokenEmbedding, .gguf): "token_embd.weight"
    case (.tokenEmbedding, .huggingFace): "model.embed_tokens.weight"
    case (.outputNorm, .gguf): "output_norm.weight"
    case (.outputNorm, .huggingFace): "model.norm.weight"
    case (.outputHead, .gguf): "output.weight"
    case (.outputHead, .huggingFace): "lm_head.weight"
    case (.ropeFrequencyFactors, _): "rope_freqs.weight"
    case (.layer(let index, let tensor), .gguf): "blk.\(index)." + tensor.ggufName
    case (.layer(let index, let tensor), .huggingFace): "model.layers.\(index)." + tensor.huggingFaceName
    }
  }

  /// The shape, outermost dimension first: matrices are `[outputs, inputs]`.
  public func shape(_ config: ModelConfig) -> [Int] {
    switch self {
    case .tokenEmbedding, .outputHead: [config.vocabularySize, config.hiddenSize]
    case .outputNorm: [config.hiddenSize]
    case .ropeFrequencyFactors: [config.headDimension / 2]
    case .layer(_, let tensor): tensor.shape(config)
    }
  }
}

/// One weight of one layer.
public enum LayerTensor: Sendable, Hashable, CaseIterable {
  /// `[hiddenSize]`, before the attention.
  case attentionNorm
  /// `[queryWidth, hiddenSize]`.
  case query
  /// `[keyValueWidth, hiddenSize]`.
  case key
  /// `[keyValueWidth, hiddenSize]`.
  case value
  /// `[hiddenSize, queryWidth]`.
  case attentionOutput
  /// `[queryWidth]`.
  case queryBias
  /// `[keyValueWidth]`.
  case keyBias
  /// `[keyValueWidth]`.
  case valueBias
  /// `[hiddenSize]`.
  case attentionOutputBias
  /// `[headDimension]`.
  case queryNorm
  /// `[headDimension]`.
  case keyNorm
  /// `[hiddenSize]`, before the feed-forward block.
  case feedForwardNorm
  /// `[intermediateSize, hiddenSize]`.
  case gate
  /// `[intermediateSize, hiddenSize]`.
  case up
  /// `[hiddenSize, intermediateSize]`.
  case down
  /// `[intermediateSize]`.
  case gateBias
  /// `[intermediateSize]`.
  case upBias
  /// `[hiddenSize]`.
  case downBias

  /// The name in a GGUF file after `blk.N.`.
  public var ggufName: String {
    switch self {
    case .attentionNorm: "attn_norm.weight"
    case .query: "attn_q.weight"
    case .key: "attn_k.weight"
    case .value: "attn_v.weight"
    case .attentionOutput: "attn_output.weight"
    case .queryBias: "attn_q.bias"
    case .keyBias: "attn_k.bias"
    case .valueBias: "attn_v.bias"
    case .attentionOutputBias: "attn_output.bias"
    case .queryNorm: "attn_q_norm.weight"
    case .keyNorm: "attn_k_norm.weight"
    case .feedForwardNorm: "ffn_norm.weight"
    case .gate: "ffn_gate.weight"
    case .up: "ffn_up.weight"
    case .down: "ffn_down.weight"
    case .gateBias: "ffn_gate.bias"
    case .upBias: "ffn_up.bias"
    case .downBias: "ffn_down.bias"
    }
  }

  /// The name in a Hugging Face checkpoint after `model.layers.N.`.
  public var huggingFaceName: String {
    switch self {
    case .attentionNorm: "input_layernorm.weight"
    case .query: "self_attn.q_proj.weight"
    case .key: "self_attn.k_proj.weight"
    case .value: "self_attn.v_proj.weight"
    case .attentionOutput: "self_attn.o_proj.weight"
    case .queryBias: "self_attn.q_proj.bias"
    case .keyBias: "self_attn.k_proj.bias"
    case .valueBias: "self_attn.v_proj.bias"
    case .attentionOutputBias: "self_attn.o_proj.bias"
    case .queryNorm: "self_attn.q_norm.weight"
    case .keyNorm: "self_attn.k_norm.weight"
    case .feedForwardNorm: "post_attention_layernorm.weight"
    case .gate: "mlp.gate_proj.weight"
    case .up: "mlp.up_proj.weight"
    case .down: "mlp.down_proj.weight"
    case .gateBias: "mlp.gate_proj.bias"
    case .upBias: "mlp.up_proj.bias"
    case .downBias: "mlp.down_proj.bias"
    }
  }

  /// The shape, outermost dimension first.
  public func shape(_ config: ModelConfig) -> [Int] {
    switch self {
    case .attentionNorm, .feedForwardNorm, .attentionOutputBias, .downBias: [config.hiddenSize]
    case .query: [config.queryWidth, config.hiddenSize]
    case .key, .value: [config.keyValueWidth, config.hiddenSize]
    case .attentionOutput: [config.hiddenSize, config.queryWidth]
    case .queryBias: [config.queryWidth]
    case .keyBias, .valueBias: [config.keyValueWidth]
    case .queryNorm, .keyNorm: [config.headDimension]
    case .gate, .up: [config.intermediateSize, config.hiddenSize]
    case .down: [config.hiddenSize, config.intermediateSize]
    case .gateBias, .upBias: [config.intermediateSize]
    }
  }
}
