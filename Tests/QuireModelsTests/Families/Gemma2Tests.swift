import QuireKernels
import QuireModelFiles
import QuireTestSupport
import Testing

@testable import QuireModels

@Suite("Gemma 2")
struct Gemma2Tests {
  private func plan(_ extra: String = "") throws -> ModelPlan {
    try QuireModelsTests.plan("Gemma2ForCausalLM", modelType: "gemma2", extra)
  }

  @Test("absent keys have the defaults of the class")
  func defaults() throws {
    let plan = try plan()
    #expect(
      plan.sizes.headDimension == 256 && plan.sizes.tiesEmbedding && plan.sizes.maxPositionCount == 8192)
    #expect(plan.embeddingScale == 8 && plan.logitSoftCap == 30)
    #expect(plan.layers.allSatisfy { $0.attention.softCap == 50 && $0.attention.scale == 1.0 / 16 })
    #expect(plan.layers.allSatisfy { $0.feedForward.activation == .geluTanh })
    #expect(plan.shape.windows == [4096, nil, 4096, nil, 4096, nil, 4096])
    #expect(plan.shape.attentionWindow == nil)
  }

  @Test("caps of null are none; layer_types, the score's divisor and biases are honoured")
  func stated() throws {
    let plan = try plan(
      """
      "attn_logit_softcapping": null, "final_logit_softcapping": null, "query_pre_attn_scalar": 64,
      "attention_bias": true, "sliding_window": 9, "layer_types": ["full_attention", "sliding_attention",
      "full_attention", "full_attention", "full_attention", "full_attention", "full_attention"]
      """)
    #expect(plan.logitSoftCap == nil && plan.layers[0].attention.softCap == nil)
    #expect(plan.layers[0].attention.scale == 0.125)
    #expect(plan.layers[0].attention.queryKeyValue.bias?.count == 4 * 256 + 2 * 2 * 256)
    #expect(plan.layers[0].attention.output.bias?.count == 64)
    #expect(plan.shape.windows == [nil, 9, nil, nil, nil, nil, nil])
  }

  @Test("1 is added to a checkpoint's weights of norms, and not to a GGUF file's")
  func normWeights() throws {
    let norms = try plan().layers[0]
    #expect(norms.attention.norm?.addend == 1 && norms.feedForward.outputNorm?.addend == 1)
    let gguf = try ModelPackage.open(Golden.path("gguf/gemma2.gguf")).plan
    #expect(gguf.outputNorm.addend == 0 && gguf.layers[0].attention.outputNorm?.addend == 0)
  }

  @Test(
    "what is not computed, missing or out of range is refused by name",
    arguments: [
      ("\"hidden_activation\": \"gelu\"", ["hidden_activation", "gelu_pytorch_tanh"]),
      ("\"use_bidirectional_attention\": true", ["use_bidirectional_attention"]),
      ("\"attn_logit_softcapping\": 0", ["attn_logit_softcapping", "0"]),
      ("\"final_logit_softcapping\": -3", ["final_logit_softcapping", "-3"]),
      ("\"query_pre_attn_scalar\": 0", ["query_pre_attn_scalar", "0"]),
      ("\"rope_scaling\": {\"type\": \"mrope\"}", ["rope_scaling.rope_type", "mrope"]),
      ("\"layer_types\": [\"full_attention\"]", ["layer_types", "7 layers"]),
    ])
  func refusals(extra: String, mentions: [String]) {
    let message = refusal("Gemma2ForCausalLM", modelType: "gemma2", extra)
    for word in mentions { #expect(message.contains(word), "\(message)") }
  }
}
