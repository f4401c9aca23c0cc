import QuireJSON
import QuireKernels
package import QuireModelFiles

/// SmolLM3: Llama with layers whose queries and keys are not turned, every fourth one unless the file says which.
///
/// Source: Hugging Face transformers' `modeling_smollm3.py`; Yang et al. 2025, arXiv 2501.18795, for layers without
/// positions.
package enum SmolLM3: ModelFamily {
  package static let name = "smollm3"
  package static let className = "SmolLM3ForCausalLM"
  package static let ggufName: String? = "smollm3"

  package static func plan(huggingFace json: JSONDocument) throws(ModelFileError) -> ModelPlan {
    var blocks = try LlamaBlocks(
      huggingFace: json, name,
      defaults: HuggingFaceDefaults(
        maxPositionCount: 32_768, keyValueHeadCount: 4, tiesEmbedding: true, ropeTheta: 2_000_000))
    let layerCount = blocks.sizes.layerCount
    blocks.unrotatedLayers = try unrotatedLayers(json, layerCount: layerCount)
    blocks.windows = try windows(json, layerCount: layerCount, blocks.unrotatedLayers)
    return blocks.plan()
  }

  package static func plan(gguf file: GGUFFile) throws(ModelFileError) -> ModelPlan {
    var blocks = try LlamaBlocks(gguf: file, name)
    blocks.queryKeyOrder = .rotaryPairs(headDimension: blocks.sizes.headDimension)
    // No key says so: as in llama.cpp.
    blocks.unrotatedLayers = every(4, layerCount: blocks.sizes.layerCount)
    return blocks.plan()
  }

  private static func every(_ interval: Int, layerCount: Int) -> Set<Int> {
    Set((0..<layerCount).filter { ($0 + 1) % interval == 0 })
  }

  private static func unrotatedLayers(
    _ json: JSONDocument, layerCount: Int
  ) throws(ModelFileError) -> Set<Int> {
    let interval = try json.integerIfPresent("no_rope_layer_interval", in: ModelLimits.layers) ?? 4
    let key = "no_rope_layers"
    guard let value = json[key] else { return every(interval, layerCount: layerCount) }
    // The class names the list by what a 0 means, and takes one that is longer than the model.
    guard case .array(let elements) = value, elements.count >= layerCount,
      elements.allSatisfy({ $0 == .integer(0) || $0 == .integer(1) })
    else { throw json.wrong(key, value, "0 or 1 for each of \(layerCount) layers") }
    return Set((0..<layerCount).filter { elements[$0] == .integer(0) })
  }

  /// Windows, where they are used: on the layers of `layer_types`, else on those that are not turned.
  private static func windows(
    _ json: JSONDocument, layerCount: Int, _ unrotatedLayers: Set<Int>
  ) throws(ModelFileError) -> [Int?] {
    let window = try json.slidingWindow(defaultSize: nil)
    let sliding = try json.slidingLayers(layerCount: layerCount)
    guard try json.boolIfPresent("use_sliding_window") ?? false, let window else { return [] }
    return (0..<layerCount).map { sliding?[$0] ?? unrotatedLayers.contains($0) ? window : nil }
  }
}
