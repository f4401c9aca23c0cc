import QuireJSON
import QuireKernels
package import QuireModelFiles

/// Phi-3, Phi-3.5 and Phi-4-mini: Llama with fused projections, a rotation that may turn a part of each head, LongRoPE and a
/// sliding window.
///
/// Source: Abdin et al. 2024, arXiv 2404.14219; Hugging Face transformers' `modeling_phi3.py`.
package enum Phi3: ModelFamily {
  package static let name = "phi3"
  package static let className = "Phi3ForCausalLM"
  package static let ggufName: String? = "phi3"

  package static func saysWindows(_ windows: [Int?]) -> Bool { windows.allSatisfy { $0 == windows.first } }

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    let defaults = HuggingFaceDefaults(maxPositionCount: 4096, epsilon: 1e-5)
    let sizes = try DecoderSizes(huggingFace: json, name, defaults: defaults)
    return plan(
      sizes, TensorNames(layout: .huggingFace), try rotary(json, sizes),
      window: try json.slidingWindow(defaultSize: nil),
      try json.activation("hidden_act", default: .silu))
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    let (metadata, keys) = (file.metadata, GGUFKeys(prefix: name))
    let sizes = try DecoderSizes(gguf: file, name, keys)
    let window = try metadata.integerIfPresent(keys.slidingWindow, in: 0...ModelLimits.positions.upperBound)
    let rotated = try metadata.integerIfPresent(keys.ropeDimension, in: 2...sizes.headDimension)
    if let rotated, rotated % 2 != 0 {
      throw metadata.wrong(keys.ropeDimension, metadata[keys.ropeDimension]!, "an even number")
    }
    return plan(
      sizes, TensorNames(layout: .gguf),
      try RotaryPlan(gguf: file, keys, dimension: rotated ?? sizes.headDimension),
      window: window == 0 ? nil : window)
  }

  private static func plan(
    _ sizes: DecoderSizes, _ names: TensorNames, _ rotary: RotaryPlan, window: Int?,
    _ activation: GateActivation = .silu
  ) -> ModelPlan {
    ModelPlan(
      sizes, names, rotaries: [rotary],
      layers: (0..<sizes.layerCount).map { layer(names.layer($0), sizes, window: window, activation) })
  }

  private static func layer(
    _ names: TensorNames, _ sizes: DecoderSizes, window: Int?, _ activation: GateActivation
  ) -> LayerPlan {
    let (hidden, inner) = (sizes.hiddenSize, sizes.intermediateSize)
    return LayerPlan(
      attention: AttentionPlan(
        norm: names.vector("input_layernorm", "attn_norm", hidden),
        queryKeyValue: names.linear(
          "self_attn.qkv_proj", "attn_qkv", sizes.queryWidth + 2 * sizes.keyValueWidth, hidden),
        output: names.linear("self_attn.o_proj", "attn_output", hidden, sizes.queryWidth), window: window,
        scale: sizes.usualScale),
      feedForward: FeedForwardPlan(
        norm: names.vector("post_attention_layernorm", "ffn_norm", hidden),
        gateUp: names.linear(
          "mlp.gate_up_proj", "ffn_up", 2 * inner, hidden, parts: [0..<inner, inner..<2 * inner]),
        down: names.linear("mlp.down_proj", "ffn_down", hidden, inner), activation: activation))
  }
}

// The rotation of a config.json.
extension Phi3 {
  private static func rotary(_ json: JSONDocument, _ sizes: DecoderSizes) throws(ModelFileError) -> RotaryPlan
  {
    let parameters = try json.ropeParameters
    let type = try parameters?.ropeType ?? "default"
    let theta = try json.ropeTheta(parameters) ?? 10_000
    let dimension = try rotatedDimension(json, parameters, sizes)
    guard type != "default", let parameters else {
      return RotaryPlan(dimension: dimension, theta: theta, scaling: .none)
    }
    // The class takes the two older names for LongRoPE too.
    guard ["longrope", "su", "yarn"].contains(type) else {
      throw parameters.wrong("rope_type", .text(type), "default or longrope")
    }
    let (scaling, magnitude) = try parameters.longRope(
      dimension: dimension, maxPositionCount: sizes.maxPositionCount,
      original: try parameters.originalLength(json) ?? 4096)
    return RotaryPlan(dimension: dimension, theta: theta, scaling: scaling, magnitude: magnitude)
  }

  /// The elements of a head that are turned.
  private static func rotatedDimension(
    _ json: JSONDocument, _ parameters: JSONDocument?, _ sizes: DecoderSizes
  ) throws(ModelFileError) -> Int {
    let key = "partial_rotary_factor"
    let outer = try json.numberIfPresent(key, in: 0...1)
    let inner = try parameters?.numberIfPresent(key, in: 0...1)
    let factor = inner ?? outer ?? 1
    let dimension = Int(Double(sizes.headDimension) * factor)
    guard dimension >= 2, dimension % 2 == 0 else {
      throw (inner == nil ? json : parameters ?? json).wrong(
        key, .number(factor), "a part of the head's \(sizes.headDimension) elements that is an even number")
    }
    return dimension
  }
}
