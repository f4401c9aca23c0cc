import QuireKernels
package import QuireModelFiles

/// Llama, and all that says it is one: SmolLM2, and Mistral's GGUF files.
///
/// Pre-norm blocks of grouped-query attention with rotary positions and a gated SiLU feed-forward part.
/// Source: Touvron et al. 2023, arXiv 2302.13971; Hugging Face transformers' `modeling_llama.py` for the details.
package enum Llama: ModelFamily {
  package static let name = "llama"
  package static let className = "LlamaForCausalLM"
  package static let ggufName: String? = "llama"

  package static func saysWindows(_ windows: [Int?]) -> Bool { windows.allSatisfy { $0 == windows.first } }

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    // The class has no window, whatever the key says.
    _ = try json.slidingWindow(defaultSize: nil)
    return try LlamaBlocks(huggingFace: json, name, defaults: HuggingFaceDefaults(maxPositionCount: 2048))
      .plan()
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    let keys = GGUFKeys(prefix: name)
    let window = try file.metadata.integerIfPresent(keys.slidingWindow, in: 0...1 << 30)
    var blocks = try LlamaBlocks(gguf: file, name)
    // llama.cpp's converter puts the two rows that a rotation turns together side by side, in this family alone.
    blocks.queryKeyOrder = .rotaryPairs(headDimension: blocks.sizes.headDimension)
    if let window, window > 0 { blocks.windows = Array(repeating: window, count: blocks.sizes.layerCount) }
    return blocks.plan()
  }
}
