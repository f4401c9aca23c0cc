import QuireKernels
package import QuireModelFiles

/// Granite 3: Llama with factors on embeddings, scores, what a block adds to the residual stream, and a divisor of logits.
///
/// Source: Hugging Face transformers' `modeling_granite.py`.
package enum Granite: ModelFamily {
  package static let name = "granite"
  package static let className = "GraniteForCausalLM"
  package static let ggufName: String? = "granite"

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    var blocks = try LlamaBlocks(
      huggingFace: json, name, defaults: HuggingFaceDefaults(maxPositionCount: 2048))
    func factor(_ key: String) throws(ModelFileError) -> Double {
      try json.numberIfPresent(key, in: ModelLimits.multiplier) ?? 1
    }
    blocks.embeddingScale = Float(try factor("embedding_multiplier"))
    blocks.scale = Float(try factor("attention_multiplier"))
    blocks.residualScale = Float(try factor("residual_multiplier"))
    blocks.logitScale = Float(1 / (try factor("logits_scaling")))
    return blocks.plan()
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    let (metadata, keys) = (file.metadata, GGUFKeys(prefix: name))
    var blocks = try LlamaBlocks(gguf: file, name)
    blocks.queryKeyOrder = .rotaryPairs(headDimension: blocks.sizes.headDimension)
    // As in llama.cpp, 0 counts as absent, and a model whose rotation is not "finetuned" has none.
    func factor(_ key: String) throws(ModelFileError) -> Float? {
      let factor = try metadata.numberIfPresent(key, in: 0...ModelLimits.multiplier.upperBound)
      return factor.flatMap { $0 == 0 ? nil : Float($0) }
    }
    blocks.embeddingScale = try factor(keys.embeddingScale) ?? 1
    blocks.scale = try factor(keys.attentionScale)
    blocks.residualScale = try factor(keys.residualScale) ?? 1
    blocks.logitScale = 1 / (try factor(keys.logitScale) ?? 1)
    if try metadata.boolIfPresent(keys.ropeFinetuned) == false {
      blocks.unrotatedLayers = Set(0..<blocks.sizes.layerCount)
    }
    return blocks.plan()
  }

  package static func ggufValues(
    of plan: ModelPlan, _ keys: GGUFKeys
  ) -> [(key: String, value: GGUFHeader.Value)] {
    // Files have the divisor of logits; the number next to it where that is what gives the factor back.
    let divisor = 1 / plan.logitScale
    let exact = [divisor, divisor.nextUp, divisor.nextDown].first { 1 / $0 == plan.logitScale }
    return [
      (keys.embeddingScale, .float32(plan.embeddingScale)),
      (keys.attentionScale, .float32(plan.layers[0].attention.scale)),
      (keys.residualScale, .float32(plan.layers[0].attention.outputScale)),
      (keys.logitScale, .float32(exact ?? divisor)),
    ]
  }
}
