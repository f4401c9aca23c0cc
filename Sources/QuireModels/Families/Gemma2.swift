import QuireJSON
import QuireKernels
package import QuireModelFiles

/// Gemma 2: norms before and after each block, GELU, scaled embeddings, soft caps on scores and logits, a window on every
/// second layer.
///
/// Source: Gemma Team 2024, arXiv 2408.00118; Hugging Face transformers' `modeling_gemma2.py`.
package enum Gemma2: ModelFamily {
  package static let name = "gemma2"
  package static let className = "Gemma2ForCausalLM"
  package static let ggufName: String? = "gemma2"

  package static func saysWindows(_ windows: [Int?]) -> Bool { true }

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    let sizes = try DecoderSizes(
      huggingFace: json, name, defaults: GemmaBlocks.defaults(maxPositionCount: 8192))
    var blocks = try GemmaBlocks(huggingFace: json, sizes)
    blocks.rotaries = [try RotaryPlan(huggingFace: json, sizes)]
    let window = try json.slidingWindow(defaultSize: 4096)
    let sliding = try json.slidingLayers(layerCount: sizes.layerCount)
    blocks.windows = (0..<sizes.layerCount).map { sliding?[$0] ?? ($0 % 2 == 0) ? window : nil }
    blocks.scoreSoftCap = try json.softCap("attn_logit_softcapping", defaultCap: 50)
    blocks.logitSoftCap = try json.softCap("final_logit_softcapping", defaultCap: 30)
    return blocks.plan()
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    let (metadata, keys) = (file.metadata, GGUFKeys(prefix: name))
    let sizes = try DecoderSizes(gguf: file, name, keys)
    var blocks = try GemmaBlocks(gguf: file, keys, sizes, largestLayerCount: 46)
    blocks.rotaries = [try RotaryPlan(gguf: file, keys, dimension: sizes.headDimension)]
    let window = try metadata.integerIfPresent(keys.slidingWindow, in: ModelLimits.positions) ?? 4096
    blocks.windows = try metadata.windows(keys, window, layerCount: sizes.layerCount, defaultPeriod: 2)
    blocks.scoreSoftCap = try metadata.softCap(keys.scoreSoftCap, defaultCap: 50)
    blocks.logitSoftCap = try metadata.softCap(keys.logitSoftCap, defaultCap: 30)
    return blocks.plan()
  }
}

/// The layers of Gemma 2 and Gemma 3, with the switches in which they differ.
struct GemmaBlocks {
  var sizes: DecoderSizes
  var names: TensorNames
  /// The settings that `rotary` chooses from.
  var rotaries: [RotaryPlan] = []
  /// Which rotary settings each layer has; the first ones where empty.
  var rotary: [Int] = []
  /// The window of each layer.
  var windows: [Int?] = []
  /// Factor on each score.
  var scale: Float
  var scoreSoftCap: Float?
  var logitSoftCap: Float?
  var normsQueriesAndKeys = false
  var hasAttentionBiases = false
  var activation = GateActivation.geluTanh

  /// What the classes have in common.
  static func defaults(maxPositionCount: Int) -> HuggingFaceDefaults {
    HuggingFaceDefaults(
      maxPositionCount: maxPositionCount, keyValueHeadCount: 4, headDimension: 256, tiesEmbedding: true)
  }

  func plan() -> ModelPlan {
    let hidden = sizes.hiddenSize
    var sizes = sizes
    if let rotary = rotaries.first { sizes.maxPositionCount = rotary.lengthened(sizes.maxPositionCount) }
    var plan = ModelPlan(
      sizes, names, rotaries: rotaries, layers: (0..<sizes.layerCount).map(layer),
      outputNorm: norm(names, "model.norm", "output_norm", hidden),
      embeddingScale: Float(hidden).squareRoot())
    plan.logitSoftCap = logitSoftCap
    return plan
  }

  /// A norm's weights: the classes add 1 to what is stored, llama.cpp's converter has added it.
  private func norm(_ names: TensorNames, _ huggingFace: String, _ gguf: String, _ count: Int) -> VectorSource
  {
    var source = names.vector(huggingFace, gguf, count)
    if names.layout == .huggingFace { source.addend = 1 } else { source.counterpartAddend = 1 }
    return source
  }

  private func layer(_ index: Int) -> LayerPlan {
    let names = names.layer(index)
    let (hidden, inner, head) = (sizes.hiddenSize, sizes.intermediateSize, sizes.headDimension)
    let (queryWidth, keyValueWidth) = (sizes.queryWidth, sizes.keyValueWidth)
    return LayerPlan(
      attention: AttentionPlan(
        norm: norm(names, "input_layernorm", "attn_norm", hidden),
        queryKeyValue: .stacked([
          names.linear("self_attn.q_proj", "attn_q", queryWidth, hidden, bias: hasAttentionBiases),
          names.linear("self_attn.k_proj", "attn_k", keyValueWidth, hidden, bias: hasAttentionBiases),
          names.linear("self_attn.v_proj", "attn_v", keyValueWidth, hidden, bias: hasAttentionBiases),
        ]),
        queryNorm: normsQueriesAndKeys ? norm(names, "self_attn.q_norm", "attn_q_norm", head) : nil,
        keyNorm: normsQueriesAndKeys ? norm(names, "self_attn.k_norm", "attn_k_norm", head) : nil,
        output: names.linear(
          "self_attn.o_proj", "attn_output", hidden, queryWidth, bias: hasAttentionBiases),
        rotary: rotary.isEmpty ? 0 : rotary[index], window: windows[index], scale: scale,
        softCap: scoreSoftCap,
        outputNorm: norm(names, "post_attention_layernorm", "post_attention_norm", hidden)),
      feedForward: FeedForwardPlan(
        norm: norm(names, "pre_feedforward_layernorm", "ffn_norm", hidden),
        gateUp: .stacked([
          names.linear("mlp.gate_proj", "ffn_gate", inner, hidden),
          names.linear("mlp.up_proj", "ffn_up", inner, hidden),
        ]),
        down: names.linear("mlp.down_proj", "ffn_down", hidden, inner), activation: activation,
        outputNorm: norm(names, "post_feedforward_layernorm", "post_ffw_norm", hidden)))
  }
}

extension GemmaBlocks {
  /// What a config.json says of both.
  ///
  /// - Throws: ``ModelFileError`` that names the key at fault.
  init(huggingFace json: JSONDocument, _ sizes: DecoderSizes) throws(ModelFileError) {
    let key = "use_bidirectional_attention"
    if try json.boolIfPresent(key) == true {
      throw json.wrong(key, .bool(true), "false: tokens that see those before them")
    }
    let divisor = try json.numberIfPresent("query_pre_attn_scalar", in: ModelLimits.scoreDivisor) ?? 256
    self.init(
      sizes: sizes, names: TensorNames(layout: .huggingFace), scale: Float(1 / divisor.squareRoot()),
      hasAttentionBiases: try json.boolIfPresent("attention_bias") ?? false,
      activation: try json.activation("hidden_activation", default: .geluTanh))
  }

  /// What a GGUF file says of both.
  ///
  /// - Parameter largestLayerCount: layers of the family's 27B model, the one whose scores are not divided by the root of
  ///   the head's width: as in llama.cpp, since no key says so.
  /// - Throws: ``ModelFileError`` that names the key at fault.
  init(
    gguf file: GGUFFile, _ keys: GGUFKeys, _ sizes: DecoderSizes, largestLayerCount: Int
  ) throws(ModelFileError) {
    try file.metadata.requireWholeHeads(keys, sizes)
    let divisor =
      sizes.layerCount == largestLayerCount
      ? Float(sizes.hiddenSize / sizes.attentionHeadCount) : Float(sizes.headDimension)
    self.init(sizes: sizes, names: TensorNames(layout: .gguf), scale: 1 / divisor.squareRoot())
  }
}
