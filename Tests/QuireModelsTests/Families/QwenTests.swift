import QuireModelFiles
import Testing

@testable import QuireModels

@Suite("First-generation Qwen")
struct QwenTests {
  private let sizes = "\"seq_length\": 32, \"kv_channels\": 16"

  private func plan(_ extra: String = "") throws -> ModelPlan {
    try QuireModelsTests.plan(
      "QWenLMHeadModel", modelType: "qwen", sizes + (extra.isEmpty ? "" : ", ") + extra)
  }

  @Test("absent keys have the defaults of the class")
  func defaults() throws {
    let plan = try plan()
    #expect(plan.sizes.maxPositionCount == 8192 && plan.sizes.epsilon == 1e-6 && !plan.sizes.tiesEmbedding)
    #expect(plan.sizes.keyValueHeadCount == 4 && plan.sizes.intermediateSize == 48)
    #expect(plan.layers[0].attention.queryScaling == .logarithm(length: 32))
    #expect(
      plan.rotaries == [
        RotaryPlan(
          dimension: 16, theta: 10_000,
          scaling: .dynamic(DynamicScaling(rule: .steppedByPrompt, length: 32)))
      ])
    let off = try self.plan("\"use_dynamic_ntk\": false, \"use_logn_attn\": false, \"rotary_pct\": 0.25")
    #expect(off.layers[0].attention.queryScaling == nil)
    #expect(off.rotaries == [RotaryPlan(dimension: 4, theta: 10_000, scaling: .none)])
    #expect(off.warnings.isEmpty)
  }

  @Test("tensors have the names of the published checkpoints, the gate being the second of the two")
  func tensors() throws {
    let plan = try plan()
    #expect(
      plan.embedding.tensors == [
        TensorRequirement(
          name: "transformer.wte.weight", shape: [100, 64], counterpart: "token_embd.weight")
      ])
    #expect(plan.outputNorm.tensors.map(\.name) == ["transformer.ln_f.weight"])
    #expect(plan.outputHead?.tensors.map(\.name) == ["lm_head.weight"])
    let names = (plan.layers[6].attention.tensors + plan.layers[6].feedForward.tensors).map(\.name)
    #expect(
      names
        == [
          "ln_1.weight", "attn.c_attn.weight", "attn.c_attn.bias", "attn.c_proj.weight", "ln_2.weight",
          "mlp.w2.weight", "mlp.w1.weight", "mlp.c_proj.weight",
        ].map { "transformer.h.6." + $0 })
    #expect(try self.plan("\"no_bias\": false").layers[0].feedForward.gateUp.bias?.count == 96)
  }

  @Test(
    "what is not computed is refused by name",
    arguments: [
      ("\"kv_channels\": 32", "kv_channels"), ("\"intermediate_size\": 97", "intermediate_size"),
      ("\"rotary_pct\": 0.01", "rotary_pct"), ("\"seq_length\": 1", "seq_length"),
      ("\"use_cache_quantization\": true", "use_cache_quantization"),
    ])
  func refusals(text: String, name: String) {
    let key = text.prefix { $0 != ":" }
    let kept = sizes.split(separator: ", ").filter { !$0.hasPrefix(key) } + [text[...]]
    var config = "{\"architectures\": [\"QWenLMHeadModel\"], \"model_type\": \"qwen\""
    config +=
      ", \"hidden_size\": 64, \"num_hidden_layers\": 1, \"num_attention_heads\": 4, \"vocab_size\": 9, "
    if name != "intermediate_size" { config += "\"intermediate_size\": 96, " }
    let message = refusal(config + kept.joined(separator: ", ") + "}")
    #expect(message.contains("key " + name), "\(message)")
  }

  @Test("the base follows from the prompt's length alone, in steps of doubled length")
  func steps() {
    let scaling = DynamicScaling(rule: .steppedByPrompt, length: 8)
    for (count, step) in [(0, 0), (8, 0), (9, 1), (16, 1), (17, 2), (32, 2), (33, 3)] {
      #expect(scaling.step(promptTokenCount: count, position: 100) == step)
    }
    for (step, alpha) in [(0, 1.0), (1, 3), (2, 7), (3, 15)] {
      #expect(abs(scaling.baseFactor(step: step, dimension: 4) - alpha * alpha) < 1e-9)
    }
  }

  @Test("a growing base follows from the longer one of the prompt and the text up to the token")
  func growing() {
    let scaling = DynamicScaling(rule: .growing(factor: 2), length: 8)
    for (count, position, step) in [(3, 7, 0), (3, 8, 9), (8, 2, 0), (12, 0, 12), (12, 11, 12), (12, 12, 13)]
    {
      #expect(scaling.step(promptTokenCount: count, position: position) == step)
    }
    #expect(scaling.baseFactor(step: 0, dimension: 4) == 1)
    #expect(abs(scaling.baseFactor(step: 12, dimension: 4) - 4) < 1e-9)
  }
}
