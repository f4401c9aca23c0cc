import QuireModelFiles
import QuireTestSupport
import Testing

@testable import QuireModels

@Suite("Gemma 3")
struct Gemma3Tests {
  private func plan(_ extra: String = "") throws -> ModelPlan {
    try QuireModelsTests.plan("Gemma3ForCausalLM", modelType: "gemma3_text", extra)
  }

  @Test("absent keys have the defaults of the class")
  func defaults() throws {
    let plan = try plan()
    #expect(
      plan.sizes.headDimension == 256 && plan.sizes.tiesEmbedding && plan.sizes.maxPositionCount == 131_072)
    #expect(plan.logitSoftCap == nil && plan.layers.allSatisfy { $0.attention.softCap == nil })
    #expect(plan.layers.allSatisfy { $0.attention.queryNorm?.addend == 1 && $0.attention.keyNorm != nil })
    #expect(plan.shape.windows == [4096, 4096, 4096, 4096, 4096, nil, 4096])
    #expect(plan.layers.map(\.attention.rotary) == [1, 1, 1, 1, 1, 0, 1])
    #expect(
      plan.rotaries == [
        RotaryPlan(dimension: 256, theta: 1_000_000, scaling: .none),
        RotaryPlan(dimension: 256, theta: 10_000, scaling: .none),
      ])
  }

  @Test(
    "both rotations are read from transformers 4's keys and from transformers 5's",
    arguments: [
      "\"rope_theta\": 5e5, \"rope_local_base_freq\": 2e4, \"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 8}",
      "\"rope_parameters\": {\"full_attention\": {\"rope_theta\": 5e5, \"rope_type\": \"linear\", \"factor\": 8}, \"sliding_attention\": {\"rope_theta\": 2e4, \"rope_type\": \"default\"}}",
    ])
  func rotations(text: String) throws {
    #expect(
      try plan(text).rotaries == [
        RotaryPlan(dimension: 256, theta: 500_000, scaling: .linear(factor: 8)),
        RotaryPlan(dimension: 256, theta: 20_000, scaling: .none),
      ])
  }

  @Test("a GGUF file's windows follow its pattern, and their rotation has its own base")
  func gguf() throws {
    let plan = try ModelPackage.open(Golden.path("gguf/gemma3.gguf")).plan
    #expect(plan.shape.windows == [9, nil, 9])
    #expect(
      plan.rotaries == [
        RotaryPlan(dimension: 16, theta: 50_000, scaling: .linear(factor: 4)),
        RotaryPlan(dimension: 16, theta: 10_000, scaling: .none),
      ])
  }

  @Test(
    "what is not computed, missing or out of range is refused by name",
    arguments: [
      ("\"hidden_activation\": \"relu\"", ["hidden_activation", "gelu_pytorch_tanh"]),
      ("\"use_bidirectional_attention\": true", ["use_bidirectional_attention"]),
      ("\"sliding_window_pattern\": 0", ["sliding_window_pattern", "0"]),
      ("\"rope_local_base_freq\": 0", ["rope_local_base_freq", "0"]),
      (
        "\"rope_parameters\": {\"full_attention\": {\"rope_type\": \"mrope\"}}",
        ["rope_parameters.full_attention.rope_type", "mrope"]
      ),
      ("\"rope_parameters\": {\"sliding_attention\": 3}", ["rope_parameters.sliding_attention", "object"]),
    ])
  func refusals(extra: String, mentions: [String]) {
    let message = refusal("Gemma3ForCausalLM", modelType: "gemma3_text", extra)
    for word in mentions { #expect(message.contains(word), "\(message)") }
  }
}
