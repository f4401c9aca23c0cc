import QuireKernels
package import QuireModelFiles

/// Ministral 3: Mistral with YaRN, whose queries grow with their position beyond the length that the model was made for.
/// GGUF files of Mistral Small 3.1 and later come under its name, too, without that.
///
/// Source: Hugging Face transformers' `modeling_ministral3.py`; llama.cpp's `mistral3`.
package enum Ministral3: ModelFamily {
  package static let name = "ministral3"
  package static let className = "Ministral3ForCausalLM"
  package static let ggufName: String? = "mistral3"

  package static func saysWindows(_ windows: [Int?]) -> Bool { Llama.saysWindows(windows) }

  package static func ggufValues(
    of plan: ModelPlan, _ keys: GGUFKeys
  ) -> [(key: String, value: GGUFHeader.Value)] {
    guard case .steps(let factor, _) = plan.layers[0].attention.queryScaling else { return [] }
    return [(keys.attentionTemperature, .float32(Float(factor)))]
  }

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    var blocks = try Mistral.blocks(
      huggingFace: json, name,
      HuggingFaceDefaults(
        maxPositionCount: 262_144, keyValueHeadCount: 8, headDimension: 128, epsilon: 1e-5),
      defaultWindow: nil)
    guard let parameters = try json.ropeParameters else {
      throw json.missing("rope_parameters", "the parameters of rotation, with llama_4_scaling_beta")
    }
    let factor = try parameters.number("llama_4_scaling_beta", in: 0...1e3)
    blocks.queryScaling = .steps(
      factor: factor,
      length: try parameters.integer("original_max_position_embeddings", in: ModelLimits.positions))
    return blocks.plan()
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    let (metadata, keys) = (file.metadata, GGUFKeys(prefix: "mistral3"))
    var blocks = try LlamaBlocks(gguf: file, "mistral3")
    blocks.queryKeyOrder = .rotaryPairs(headDimension: blocks.sizes.headDimension)
    let window = try metadata.integerIfPresent(keys.slidingWindow, in: 0...ModelLimits.positions.upperBound)
    if let window, window > 0 {
      blocks.windows = Array(repeating: window, count: blocks.sizes.layerCount)
    }
    let factor = try metadata.numberIfPresent(keys.attentionTemperature, in: 0...1e3) ?? 0
    if factor != 0 {
      // As in llama.cpp, the model's own length where no shorter one is stated.
      let original = try metadata.integerIfPresent(keys.ropeOriginalLength, in: ModelLimits.positions)
      let length = try metadata.integer(keys.contextLength, in: ModelLimits.positions)
      blocks.queryScaling = .steps(factor: factor, length: original ?? length)
    }
    return blocks.plan()
  }
}
