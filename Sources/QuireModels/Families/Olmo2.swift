package import QuireModelFiles

/// OLMo 2: Llama whose norms stand after the blocks, with norms over all queries and all keys of a token. GGUF files of
/// OLMo 3 come under its name.
///
/// Source: OLMo Team 2024, arXiv 2501.00656; Hugging Face transformers' `modeling_olmo2.py`.
package enum Olmo2: ModelFamily {
  package static let name = "olmo2"
  package static let className = "Olmo2ForCausalLM"
  package static let ggufName: String? = "olmo2"

  package static func saysWindows(_ windows: [Int?]) -> Bool { true }

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    plan(
      try LlamaBlocks(
        huggingFace: json, name, defaults: HuggingFaceDefaults(maxPositionCount: 2048, epsilon: 1e-5)))
  }

  /// A file with a window is one of OLMo 3.
  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    let (metadata, keys) = (file.metadata, GGUFKeys(prefix: name))
    var blocks = try LlamaBlocks(gguf: file, name)
    let window = try metadata.integerIfPresent(keys.slidingWindow, in: 0...ModelLimits.positions.upperBound)
    if let window, window > 0 {
      blocks.windows = try metadata.windows(
        keys, window, layerCount: blocks.sizes.layerCount, defaultPeriod: 4)
      let theta = try metadata.numberIfPresent(keys.slidingRopeBase, in: ModelLimits.ropeTheta)
      blocks.slidingRotary = RotaryPlan(
        dimension: blocks.sizes.headDimension, theta: theta ?? blocks.rotary.theta, scaling: .none)
    }
    return plan(blocks)
  }

  static func plan(_ blocks: LlamaBlocks) -> ModelPlan {
    var blocks = blocks
    blocks.normPlace = .after
    blocks.queryKeyNorms = .projections
    blocks.hasFeedForwardBiases = false
    return blocks.plan()
  }
}
