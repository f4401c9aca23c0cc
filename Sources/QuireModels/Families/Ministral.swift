package import QuireModelFiles

/// Ministral: Mistral whose layers say each whether they have the window.
///
/// Source: Hugging Face transformers' `modeling_ministral.py`.
package enum Ministral: ModelFamily {
  package static let name = "ministral"
  package static let className = "MinistralForCausalLM"
  package static let ggufName: String? = nil

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
