import QuireModelFiles
import Testing

@testable import QuireModels

/// The families that are Llama with switches: what their keys say of the layers.
@Suite("Variants of Llama")
struct LlamaVariantsTests {
  @Test("layer_types say which layers of Mistral and Ministral have the window")
  func layerTypes() throws {
    let types =
      "\"sliding_window\": 9, \"layer_types\": ["
      + (0..<7).map { $0 % 3 == 0 ? "\"full_attention\"" : "\"sliding_attention\"" }.joined(separator: ", ")
      + "]"
    for (className, type) in [("MistralForCausalLM", "mistral"), ("MinistralForCausalLM", "ministral")] {
      #expect(
        try plan(className, modelType: type, types).shape.windows == [nil, 9, 9, nil, 9, 9, nil])
      #expect(try plan(className, modelType: type).shape.windows == Array(repeating: 4096, count: 7))
      #expect(
        try plan(className, modelType: type, "\"sliding_window\": null").shape.windows
          == Array(repeating: nil, count: 7))
    }
  }

  @Test("SmolLM3 leaves every fourth layer unturned, or those that the list has a 0 for")
  func unrotatedLayers() throws {
    func unturned(_ extra: String = "") throws -> [Int] {
      let layers = try plan("SmolLM3ForCausalLM", modelType: "smollm3", extra).layers
      return layers.indices.filter { layers[$0].attention.rotary == nil }
    }
    #expect(try unturned() == [3])
    #expect(try unturned("\"no_rope_layer_interval\": 2") == [1, 3, 5])
    #expect(try unturned("\"no_rope_layers\": [0, 1, 1, 1, 1, 0, 1, 0, 0]") == [0, 5])
    for list in ["[1, 1]", "[2, 1, 1, 1, 1, 1, 1]", "3"] {
      let message = refusal("SmolLM3ForCausalLM", modelType: "smollm3", "\"no_rope_layers\": \(list)")
      #expect(message.contains("no_rope_layers"), "\(message)")
    }
    let windows = try plan(
      "SmolLM3ForCausalLM", modelType: "smollm3", "\"use_sliding_window\": true, \"sliding_window\": 5"
    ).shape.windows
    #expect(windows == [nil, nil, nil, 5, nil, nil, nil])
  }

  @Test("Granite's factors are 1 where they are absent, that of scores too")
  func granite() throws {
    let plain = try plan("GraniteForCausalLM", modelType: "granite")
    #expect(plain.embeddingScale == 1 && plain.logitScale == 1)
    #expect(plain.layers.allSatisfy { $0.attention.scale == 1 && $0.feedForward.outputScale == 1 })
    let scaled = try plan(
      "GraniteForCausalLM", modelType: "granite",
      "\"embedding_multiplier\": 12, \"logits_scaling\": 8, \"residual_multiplier\": 0.25, \"attention_multiplier\": 0.5"
    )
    #expect(scaled.embeddingScale == 12 && scaled.logitScale == 0.125)
    #expect(scaled.layers.allSatisfy { $0.attention.scale == 0.5 && $0.attention.outputScale == 0.25 })
    let message = refusal("GraniteForCausalLM", modelType: "granite", "\"logits_scaling\": 0")
    #expect(message.contains("logits_scaling"))
  }

  @Test("OLMo 2 has norms after the blocks, and over whole projections")
  func olmo2() throws {
    let layer = try plan("Olmo2ForCausalLM", modelType: "olmo2").layers[0]
    #expect(layer.attention.norm == nil && layer.feedForward.norm == nil)
    #expect(
      layer.attention.outputNorm?.tensors.map(\.name) == ["model.layers.0.post_attention_layernorm.weight"])
    #expect(layer.attention.queryNorm?.count == 64 && layer.attention.keyNorm?.count == 32)
  }
}
