package import QuireModelFiles

/// Ministral: Mistral whose layers say each whether they have the window. A GGUF file of one whose layers are all alike says
/// that it is Llama's.
///
/// Source: Hugging Face transformers' `modeling_ministral.py`.
package enum Ministral: ModelFamily {
  package static let name = "ministral"
  package static let className = "MinistralForCausalLM"
  package static let ggufName: String? = nil
  package static let writtenGGUFName: String? = Llama.ggufName

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    try Mistral.blocks(
      huggingFace: json, name, HuggingFaceDefaults(maxPositionCount: 131_072, keyValueHeadCount: 8),
      defaultWindow: 4096
    ).plan()
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    try Llama.plan(gguf: file)
  }
}
