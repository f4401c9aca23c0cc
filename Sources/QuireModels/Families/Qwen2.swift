package import QuireModelFiles

/// Qwen2 and Qwen2.5: Llama with biases on queries, keys and values, and a window on the later layers where one is used.
///
/// Source: Yang et al. 2024, arXiv 2407.10671; Hugging Face transformers' `modeling_qwen2.py`.
package enum Qwen2: ModelFamily {
  package static let name = "qwen2"
  package static let className = "Qwen2ForCausalLM"
  package static let ggufName: String? = "qwen2"

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    var blocks = try LlamaBlocks(
      huggingFace: json, name,
      defaults: HuggingFaceDefaults(maxPositionCount: 32_768, keyValueHeadCount: 32))
    blocks.windows = try json.qwenWindows(layerCount: blocks.sizes.layerCount)
    blocks.hasAttentionBiases = true
    blocks.hasOutputBias = false
    blocks.hasFeedForwardBiases = false
    return blocks.plan()
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    var blocks = try LlamaBlocks(gguf: file, name)
    blocks.hasAttentionBiases = true
    return blocks.plan()
  }
}
