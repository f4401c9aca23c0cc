package import QuireModelFiles

/// Qwen3: Llama with a norm on every head's query and key, windows as in Qwen2.
///
/// Source: Yang et al. 2025, arXiv 2505.09388; Hugging Face transformers' `modeling_qwen3.py`.
package enum Qwen3: ModelFamily {
  package static let name = "qwen3"
  package static let className = "Qwen3ForCausalLM"
  package static let ggufName: String? = "qwen3"

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    var blocks = try LlamaBlocks(
      huggingFace: json, name,
      defaults: HuggingFaceDefaults(maxPositionCount: 32_768, keyValueHeadCount: 32, headDimension: 128))
    blocks.windows = try json.qwenWindows(layerCount: blocks.sizes.layerCount)
    blocks.hasFeedForwardBiases = false
    blocks.queryKeyNorms = .heads
    return blocks.plan()
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    var blocks = try LlamaBlocks(gguf: file, name)
    blocks.queryKeyNorms = .heads
    return blocks.plan()
  }
}
