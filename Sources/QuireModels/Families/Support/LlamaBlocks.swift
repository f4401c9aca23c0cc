import QuireKernels
import QuireModelFiles

/// Llama's layers and output head with the switches in which Mistral, Qwen2, Qwen3, SmolLM3, Granite and OLMo 2 and 3 differ from
/// it.
struct LlamaBlocks {
  var sizes: DecoderSizes
  var names: TensorNames
  var rotary: RotaryPlan
  /// The rotation of layers with a window, where it is another.
  var slidingRotary: RotaryPlan?
  /// The window of each layer; no layer has one where it is empty.
  var windows: [Int?] = []
  var hasAttentionBiases = false
  var hasOutputBias = false
  var hasFeedForwardBiases = false
  /// Whether and how queries and keys are normed before the rotation.
  var queryKeyNorms = QueryKeyNorms.none
  /// Where the norms of the two blocks stand.
  var normPlace = NormPlace.before
  /// Layers whose queries and keys are not turned.
  var unrotatedLayers: Set<Int> = []
  var activation = GateActivation.silu
  /// Factor on each score; nil for the usual one.
  var scale: Float?
  /// Factor on what each block adds to the residual stream.
  var residualScale: Float = 1
  var embeddingScale: Float = 1
  var logitScale: Float = 1
  var queryScaling: QueryScaling?
  /// How the rows of queries and keys are ordered in each head.
  var queryKeyOrder = RowOrder.stored

  func plan() -> ModelPlan {
    var plan = ModelPlan(
      sizes, names, rotaries: [rotary] + (slidingRotary.map { [$0] } ?? []),
      layers: (0..<sizes.layerCount).map(layer),
      embeddingScale: embeddingScale)
    plan.logitScale = logitScale
    return plan
  }

  private func layer(_ index: Int) -> LayerPlan {
    let names = names.layer(index)
    let (hidden, inner) = (sizes.hiddenSize, sizes.intermediateSize)
    let (queryWidth, keyValueWidth) = (sizes.queryWidth, sizes.keyValueWidth)
    let window = windows.isEmpty ? nil : windows[index]
    let rotary = window != nil && slidingRotary != nil ? 1 : 0
    return LayerPlan(
      attention: AttentionPlan(
        norm: normPlace == .before ? names.vector("input_layernorm", "attn_norm", hidden) : nil,
        queryKeyValue: .stacked([
          names.linear(
            "self_attn.q_proj", "attn_q", queryWidth, hidden, bias: hasAttentionBiases, order: queryKeyOrder),
          names.linear(
            "self_attn.k_proj", "attn_k", keyValueWidth, hidden, bias: hasAttentionBiases,
            order: queryKeyOrder),
          names.linear("self_attn.v_proj", "attn_v", keyValueWidth, hidden, bias: hasAttentionBiases),
        ]),
        queryNorm: queryKeyNorms.width(queryWidth, sizes).map {
          names.vector("self_attn.q_norm", "attn_q_norm", $0)
        },
        keyNorm: queryKeyNorms.width(keyValueWidth, sizes).map {
          names.vector("self_attn.k_norm", "attn_k_norm", $0)
        },
        output: names.linear("self_attn.o_proj", "attn_output", hidden, queryWidth, bias: hasOutputBias),
        rotary: unrotatedLayers.contains(index) ? nil : rotary, window: window,
        scale: scale ?? sizes.usualScale, queryScaling: queryScaling,
        outputNorm: normPlace == .after
          ? names.vector("post_attention_layernorm", "post_attention_norm", hidden) : nil,
        outputScale: residualScale),
      feedForward: FeedForwardPlan(
        norm: normPlace == .before ? names.vector("post_attention_layernorm", "ffn_norm", hidden) : nil,
        gateUp: .stacked([
          names.linear("mlp.gate_proj", "ffn_gate", inner, hidden, bias: hasFeedForwardBiases),
          names.linear("mlp.up_proj", "ffn_up", inner, hidden, bias: hasFeedForwardBiases),
        ]),
        down: names.linear("mlp.down_proj", "ffn_down", hidden, inner, bias: hasFeedForwardBiases),
        activation: activation,
        outputNorm: normPlace == .after
          ? names.vector("post_feedforward_layernorm", "post_ffw_norm", hidden) : nil,
        outputScale: residualScale))
  }
}

/// Norms of queries and keys before the rotation.
enum QueryKeyNorms {
  case none
  /// One over each head.
  case heads
  /// One over all heads together.
  case projections

  /// The elements that are normed together, of all `projectionWidth`; nil for no norm.
  func width(_ projectionWidth: Int, _ sizes: DecoderSizes) -> Int? {
    switch self {
    case .none: nil
    case .heads: sizes.headDimension
    case .projections: projectionWidth
    }
  }
}

/// Where a block's norm stands.
enum NormPlace {
  /// Before its first matmul.
  case before
  /// Before what it adds to the residual stream.
  case after
}

extension LlamaBlocks {
  /// What a config.json says of the switches, whether its class looks at them or not.
  ///
  /// - Parameter rotaries: the rotation of layers that see all, and of those with a window where it is another.
  /// - Throws: ``ModelFileError`` that names the key at fault.
  @inline(never)
  init(
    huggingFace json: JSONDocument, _ architecture: String, defaults: HuggingFaceDefaults,
    rotaries: (DecoderSizes) throws(ModelFileError) -> [RotaryPlan]
  ) throws(ModelFileError) {
    let sizes = try DecoderSizes(huggingFace: json, architecture, defaults: defaults)
    let rotaries = try rotaries(sizes)
    let rotary = rotaries[0]
    let hasBiases = try json.boolIfPresent("attention_bias") ?? false
    self.init(
      sizes: sizes, names: TensorNames(layout: .huggingFace), rotary: rotary,
      slidingRotary: rotaries.count > 1 ? rotaries[1] : nil, hasAttentionBiases: hasBiases,
      hasOutputBias: hasBiases, hasFeedForwardBiases: try json.boolIfPresent("mlp_bias") ?? false,
      activation: try json.activation("hidden_act", default: .silu))
    self.sizes.maxPositionCount = rotary.lengthened(sizes.maxPositionCount)
  }

  /// The same where all layers turn alike.
  init(
    huggingFace json: JSONDocument, _ architecture: String, defaults: HuggingFaceDefaults
  ) throws(ModelFileError) {
    try self.init(huggingFace: json, architecture, defaults: defaults) { (sizes) throws(ModelFileError) in
      [try RotaryPlan(huggingFace: json, sizes, defaultTheta: defaults.ropeTheta)]
    }
  }

  /// What the metadata and the optional tensors of a GGUF file say.
  ///
  /// - Throws: ``ModelFileError`` that names the key at fault.
  init(gguf file: GGUFFile, _ architecture: String) throws(ModelFileError) {
    let keys = GGUFKeys(prefix: architecture)
    let sizes = try DecoderSizes(gguf: file, architecture, keys)
    try file.metadata.requireWholeHeads(keys, sizes)
    let rotary = try RotaryPlan(gguf: file, keys, dimension: sizes.headDimension)
    self.init(
      sizes: sizes, names: TensorNames(layout: .gguf), rotary: rotary,
      hasAttentionBiases: file.hasTensor("blk.0.attn_q.bias"),
      hasOutputBias: file.hasTensor("blk.0.attn_output.bias"),
      hasFeedForwardBiases: file.hasTensor("blk.0.ffn_gate.bias"))
    self.sizes.maxPositionCount = rotary.lengthened(sizes.maxPositionCount)
  }
}
