package import QuireModelFiles

/// OLMo 2: Llama whose norms stand after the blocks, with norms over all queries and all keys of a token.
///
/// Source: OLMo Team 2024, arXiv 2501.00656; Hugging Face transformers' `modeling_olmo2.py`.
package enum Olmo2: ModelFamily {
  package static let name = "olmo2"
  package static let className = "Olmo2ForCausalLM"
  package static let ggufName: String? = "olmo2"

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    plan(
      try LlamaBlocks(
        huggingFace: json, name, defaults: HuggingFaceDefaults(maxPositionCount: 2048, epsilon: 1e-5)))
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    plan(try LlamaBlocks(gguf: file, name))
  }

  private static func plan(_ blocks: LlamaBlocks) -> ModelPlan {
    var blocks = blocks
    blocks.normPlace = .after
    blocks.queryKeyNorms = .projections
    blocks.hasFeedForwardBiases = false
    return blocks.plan()
  }
}
