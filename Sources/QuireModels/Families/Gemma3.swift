package import QuireModelFiles

/// Gemma 3's text model: as Gemma 2 with norms on queries and keys in place of the caps, a window on five layers of six, and
/// a rotation of their own for these.
///
/// Source: Gemma Team 2025, arXiv 2503.19786; Hugging Face transformers' `modeling_gemma3.py`.
package enum Gemma3: ModelFamily {
  package static let name = "gemma3_text"
  package static let className = "Gemma3ForCausalLM"
  package static let bodyName: String? = "Gemma3Text"
  package static let ggufName: String? = "gemma3"

  package static func saysWindows(_ windows: [Int?]) -> Bool { true }

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    let sizes = try DecoderSizes(
      huggingFace: json, name, defaults: GemmaBlocks.defaults(maxPositionCount: 131_072))
    var blocks = try GemmaBlocks(huggingFace: json, sizes)
    blocks.normsQueriesAndKeys = true
    let window = try json.slidingWindow(defaultSize: 4096)
    // Transformers 5 writes its own form of the key beside layer_types.
    let current = try json.integerIfPresent("_sliding_window_pattern", in: ModelLimits.layers)
    let period = try json.integerIfPresent("sliding_window_pattern", in: ModelLimits.layers) ?? current ?? 6
    let sliding =
      try json.slidingLayers(layerCount: sizes.layerCount)
      ?? (0..<sizes.layerCount).map { ($0 + 1) % period != 0 }
    blocks.windows = sliding.map { $0 ? window : nil }
    let localTheta = try json.numberIfPresent("rope_local_base_freq", in: ModelLimits.ropeTheta)
    blocks.rotaries = try RotaryPlan.byLayerType(
      json, sizes, theta: 1_000_000, slidingTheta: localTheta ?? 10_000)
    blocks.rotary = sliding.map { $0 ? 1 : 0 }
    blocks.logitSoftCap = try json.softCap("final_logit_softcapping", defaultCap: nil)
    return blocks.plan()
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    let (metadata, keys) = (file.metadata, GGUFKeys(prefix: "gemma3"))
    let sizes = try DecoderSizes(gguf: file, "gemma3", keys)
    var blocks = try GemmaBlocks(gguf: file, keys, sizes, largestLayerCount: 62)
    blocks.normsQueriesAndKeys = true
    let window =
      try metadata.integerIfPresent(keys.slidingWindow, in: 0...ModelLimits.positions.upperBound) ?? 0
    blocks.windows =
      window == 0
      ? Array(repeating: nil, count: sizes.layerCount)
      : try metadata.windows(keys, window, layerCount: sizes.layerCount, defaultPeriod: 6)
    blocks.rotaries = [
      try RotaryPlan(gguf: file, keys, dimension: sizes.headDimension),
      RotaryPlan(
        dimension: sizes.headDimension,
        theta: try metadata.numberIfPresent(keys.slidingRopeBase, in: ModelLimits.ropeTheta) ?? 10_000,
        scaling: .none),
    ]
    blocks.rotary = blocks.windows.map { $0 == nil ? 0 : 1 }
    blocks.logitSoftCap = try metadata.softCap(keys.logitSoftCap, defaultCap: nil)
    return blocks.plan()
  }
}
