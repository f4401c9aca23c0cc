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
    try blocks(
      huggingFace: json, name, HuggingFaceDefaults(maxPositionCount: 131_072, keyValueHeadCount: 8),
      defaultWindow: 4096
    ).plan()
  }

  /// The layers of a class of this kind, with its own defaults.
  @inline(never)
  static func blocks(
    huggingFace json: JSONDocument, _ architecture: String, _ defaults: HuggingFaceDefaults,
    defaultWindow: Int?
  ) throws(ModelFileError) -> LlamaBlocks {
    var blocks = try LlamaBlocks(huggingFace: json, architecture, defaults: defaults)
    let window = try json.slidingWindow(defaultSize: defaultWindow)
    // The class of that name leaves the types aside and warns; vLLM and the class Ministral heed them.
    let sliding = try json.slidingLayers(layerCount: blocks.sizes.layerCount)
    blocks.windows = (0..<blocks.sizes.layerCount).map { sliding?[$0] ?? true ? window : nil }
    // The class has no biases, whatever the keys say.
    blocks.hasAttentionBiases = false
    blocks.hasOutputBias = false
    blocks.hasFeedForwardBiases = false
    return blocks
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    try Llama.plan(gguf: file)
  }
}
