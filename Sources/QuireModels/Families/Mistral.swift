package import QuireModelFiles

/// Mistral: Llama with a sliding window, on every layer unless `layer_types` says on which. Its GGUF files say that they are
/// Llama's.
///
/// Source: Jiang et al. 2023, arXiv 2310.06825; Hugging Face transformers' `modeling_mistral.py`.
package enum Mistral: ModelFamily {
  package static let name = "mistral"
  package static let className = "MistralForCausalLM"
  package static let ggufName: String? = nil
  package static let writtenGGUFName: String? = Llama.ggufName

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    try plan(huggingFace: json, name)
  }

  static func plan(huggingFace json: JSONDocument, _ architecture: String) throws(ModelFileError) -> ModelPlan
  {
    var blocks = try LlamaBlocks(
      huggingFace: json, architecture,
      defaults: HuggingFaceDefaults(maxPositionCount: 131_072, keyValueHeadCount: 8))
    let window = try json.slidingWindow(defaultSize: 4096)
    // The class of that name leaves the types aside and warns; vLLM and the class Ministral heed them.
    let sliding = try json.slidingLayers(layerCount: blocks.sizes.layerCount)
    blocks.windows = (0..<blocks.sizes.layerCount).map { sliding?[$0] ?? true ? window : nil }
    // The class has no biases, whatever the keys say.
    blocks.hasAttentionBiases = false
    blocks.hasOutputBias = false
    blocks.hasFeedForwardBiases = false
    return blocks.plan()
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    try Llama.plan(gguf: file)
  }
}
