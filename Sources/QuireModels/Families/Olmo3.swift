package import QuireModelFiles

/// OLMo 3: OLMo 2 with a window on three layers of four, which turn without scaling.
///
/// Source: Hugging Face transformers' `modeling_olmo3.py`.
package enum Olmo3: ModelFamily {
  package static let name = "olmo3"
  package static let className = "Olmo3ForCausalLM"
  package static let ggufName: String? = nil
  package static let writtenGGUFName: String? = Olmo2.ggufName

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    let theta = 500_000.0
    var blocks = try LlamaBlocks(
      huggingFace: json, name, defaults: HuggingFaceDefaults(maxPositionCount: 2048, epsilon: 1e-5)
    ) { (sizes) throws(ModelFileError) in
      try RotaryPlan.byLayerType(
        json, sizes, theta: theta, slidingTheta: try json.ropeTheta(nil) ?? theta)
    }
    let layerCount = blocks.sizes.layerCount
    let window = try json.slidingWindow(defaultSize: 4096)
    let sliding =
      try json.slidingLayers(layerCount: layerCount) ?? (0..<layerCount).map { ($0 + 1) % 4 != 0 }
    blocks.windows = sliding.map { $0 ? window : nil }
    return Olmo2.plan(blocks)
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    try Olmo2.plan(gguf: file)
  }
}
