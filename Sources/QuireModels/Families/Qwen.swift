import QuireJSON
import QuireKernels
package import QuireModelFiles

/// First-generation Qwen: Llama with one projection for queries, keys and values that has biases, names and keys of its
/// own; beyond the length that it was trained for, a base of rotation that grows with the prompt, and queries that are
/// multiplied by the logarithm of their position.
///
/// Source: Bai et al. 2023, arXiv 2309.16609; `modeling_qwen.py` beside the published checkpoints.
package enum Qwen: ModelFamily {
  package static let name = "qwen"
  package static let className = "QWenLMHeadModel"
  package static let ggufName: String? = "qwen"

  package static func ggufValues(
    of plan: ModelPlan, _ keys: GGUFKeys
  ) -> [(key: String, value: GGUFHeader.Value)] {
    // Files count the elements of both projections.
    [(keys.feedForwardLength, .uint32(UInt32(2 * plan.sizes.intermediateSize)))]
  }

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    var sizes = try DecoderSizes(
      huggingFace: json, name, defaults: HuggingFaceDefaults(maxPositionCount: 8192))
    // Every query head has a key head of its own, whatever a key says.
    sizes.keyValueHeadCount = sizes.attentionHeadCount
    sizes.epsilon = Float(try json.numberIfPresent("layer_norm_epsilon", in: ModelLimits.epsilon) ?? 1e-6)
    let width = try json.integerIfPresent("kv_channels", in: ModelLimits.headDimension) ?? 128
    guard width == sizes.headDimension, sizes.queryWidth == sizes.hiddenSize else {
      throw json.wrong("kv_channels", .integer(width), "hidden_size / num_attention_heads")
    }
    guard sizes.intermediateSize % 2 == 0 else {
      throw json.wrong("intermediate_size", .integer(sizes.intermediateSize), "an even number")
    }
    sizes.intermediateSize /= 2
    // A model of at least two tokens, whose logarithm is a divisor.
    let length = try json.integer("seq_length", in: 2...ModelLimits.positions.upperBound)
    var blocks = QwenBlocks(
      sizes: sizes, names: TensorNames(layout: .huggingFace, layerPrefix: "transformer.h."),
      rotary: try rotary(json, sizes, length: length))
    blocks.hasBiases = try json.boolIfPresent("no_bias") == false
    if try json.boolIfPresent("use_logn_attn") ?? true { blocks.logarithmLength = length }
    return blocks.plan()
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    let keys = GGUFKeys(prefix: name)
    var sizes = try DecoderSizes(gguf: file, name, keys)
    guard sizes.intermediateSize % 2 == 0 else {
      throw file.metadata.wrong(
        keys.feedForwardLength, file.metadata[keys.feedForwardLength]!, "an even number")
    }
    sizes.intermediateSize /= 2
    try file.metadata.requireWholeHeads(keys, sizes)
    let rotary = try RotaryPlan(gguf: file, keys, dimension: sizes.headDimension)
    sizes.maxPositionCount = rotary.lengthened(sizes.maxPositionCount)
    return QwenBlocks(sizes: sizes, names: TensorNames(layout: .gguf), rotary: rotary).plan()
  }

  private static func rotary(
    _ json: JSONDocument, _ sizes: DecoderSizes, length: Int
  ) throws(ModelFileError) -> RotaryPlan {
    let part = try json.numberIfPresent("rotary_pct", in: 0...1) ?? 1
    let dimension = Int(Double(sizes.headDimension) * part)
    guard dimension >= 2, dimension % 2 == 0 else {
      throw json.wrong(
        "rotary_pct", .number(part), "a part of \(sizes.headDimension) elements that is an even number")
    }
    let theta = try json.numberIfPresent("rotary_emb_base", in: ModelLimits.ropeTheta) ?? 10_000
    var rotary = RotaryPlan(dimension: dimension, theta: theta, scaling: .none)
    if try json.boolIfPresent("use_dynamic_ntk") ?? true {
      guard dimension > 2 else {
        throw json.wrong("use_dynamic_ntk", .bool(true), "false, where two elements of a head are turned")
      }
      rotary.scaling = .dynamic(DynamicScaling(rule: .steppedByPrompt, length: length))
    }
    return rotary
  }
}

/// The layers of first-generation Qwen in both layouts.
private struct QwenBlocks {
  var sizes: DecoderSizes
  var names: TensorNames
  var rotary: RotaryPlan
  /// Whether the other projections have biases too.
  var hasBiases = false
  var logarithmLength: Int?

  func plan() -> ModelPlan {
    ModelPlan(
      sizes, names, rotaries: [rotary], layers: (0..<sizes.layerCount).map(layer),
      embedding: "transformer.wte",
      outputNorm: names.vector("transformer.ln_f", "output_norm", sizes.hiddenSize))
  }

  private func layer(_ index: Int) -> LayerPlan {
    let names = names.layer(index)
    let (hidden, inner) = (sizes.hiddenSize, sizes.intermediateSize)
    return LayerPlan(
      attention: AttentionPlan(
        norm: names.vector("ln_1", "attn_norm", hidden),
        queryKeyValue: names.linear("attn.c_attn", "attn_qkv", 3 * hidden, hidden, bias: true),
        output: names.linear("attn.c_proj", "attn_output", hidden, hidden, bias: hasBiases),
        scale: sizes.usualScale, queryScaling: logarithmLength.map { .logarithm(length: $0) }),
      feedForward: FeedForwardPlan(
        norm: names.vector("ln_2", "ffn_norm", hidden),
        // The gate is the second of the two.
        gateUp: .stacked([
          names.linear("mlp.w2", "ffn_gate", inner, hidden, bias: hasBiases),
          names.linear("mlp.w1", "ffn_up", inner, hidden, bias: hasBiases),
        ]),
        down: names.linear("mlp.c_proj", "ffn_down", hidden, inner, bias: hasBiases), activation: .silu))
  }
}
