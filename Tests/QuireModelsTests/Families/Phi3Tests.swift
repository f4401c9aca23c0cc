import QuireKernels
import QuireModelFiles
import QuirePlatform
import QuireTestSupport
import Testing

@testable import QuireModels

@Suite("Phi-3")
struct Phi3Tests {
  private func plan(_ extra: String = "") throws -> ModelPlan {
    try QuireModelsTests.plan("Phi3ForCausalLM", modelType: "phi3", extra)
  }

  @Test("absent keys have the defaults of the class")
  func defaults() throws {
    let plan = try plan()
    #expect(plan.sizes.maxPositionCount == 4096 && plan.sizes.epsilon == 1e-5 && !plan.sizes.tiesEmbedding)
    #expect(plan.rotaries == [RotaryPlan(dimension: 16, theta: 10_000, scaling: .none)])
    #expect(plan.shape.windows == Array(repeating: nil, count: 7))
    #expect(try self.plan("\"sliding_window\": 2047").shape.windows == Array(repeating: 2047, count: 7))
  }

  @Test("fused projections are one tensor each; gates and factors are its halves")
  func tensors() throws {
    let layer = try plan().layers[3]
    let queryKeyValue = layer.attention.queryKeyValue.weights
    #expect(queryKeyValue.parts.count == 1 && queryKeyValue.rowCount == 128)
    #expect(queryKeyValue.tensors.map(\.name) == ["model.layers.3.self_attn.qkv_proj.weight"])
    let gateUp = layer.feedForward.gateUp.weights
    #expect(gateUp.parts.map(\.rowCount) == [96, 96])
    #expect(
      gateUp.tensors == [
        TensorRequirement(
          name: "model.layers.3.mlp.gate_up_proj.weight", shape: [192, 64], counterpart: "blk.3.ffn_up.weight"
        )
      ])
  }

  @Test("the model's length limit alone chooses between LongRoPE's divisors")
  func longRope() throws {
    let factors = "\"short_factor\": [1, 2, 3, 4], \"long_factor\": [5, 6, 7, 8]"
    for (text, magnitude) in [
      (
        "\"rope_scaling\": {\"type\": \"su\", \(factors)}, \"original_max_position_embeddings\": 1024, \"max_position_embeddings\": 8192, \"partial_rotary_factor\": 0.5",
        1.14017542509914
      ),
      (
        "\"rope_parameters\": {\"rope_type\": \"longrope\", \"partial_rotary_factor\": 0.5, \"original_max_position_embeddings\": 1024, \"attention_factor\": 1.5, \(factors)}",
        1.5
      ),
    ] {
      let rotary = try plan(text).rotaries[0]
      #expect(rotary.dimension == 8)
      #expect(abs(rotary.magnitude - magnitude) < 1e-12)
      #expect(rotary.scaling.divisors(lengthLimit: 1024) == .values([1, 2, 3, 4]))
      #expect(rotary.scaling.divisors(lengthLimit: 1025) == .values([5, 6, 7, 8]))
    }
  }

  @Test("a shorter limit turns tokens by the short divisors, as the engine's max-model-len asks")
  func lengthLimit() throws {
    let checkpoint = try TinyCheckpoint(golden: "phi3-longrope-long")
    let package = try ModelPackage.open(checkpoint.path)
    func logprobs(_ lengthLimit: Int?) throws -> [[Float]] {
      let model = try ModelLoading.load(
        package, backend: .native, lengthLimit: lengthLimit, team: ThreadTeam(threadCount: 1))
      return try ModelRig(model: model, blockSize: 16).logprobs([5, 34, 85, 3], chunkSize: 4)
    }
    let long = try logprobs(nil)
    #expect(try logprobs(65) == long)
    let short = try logprobs(64)
    #expect(short[0] != long[0] || short[3] != long[3])
    #expect(try logprobs(10) == short)
  }

  @Test(
    "what is not computed, missing or out of range is refused by name",
    arguments: [
      ("\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}", ["rope_scaling.rope_type", "linear"]),
      (
        "\"rope_scaling\": {\"type\": \"longrope\", \"long_factor\": []}",
        ["rope_scaling.short_factor", "missing"]
      ),
      (
        "\"rope_scaling\": {\"type\": \"longrope\", \"short_factor\": [1, 1, 1, 1]}",
        ["rope_scaling.short_factor", "array of 8"]
      ),
      (
        "\"rope_scaling\": {\"type\": \"longrope\", \"short_factor\": [1, 1, 1, 1, 1, 1, 1, 0]}",
        ["rope_scaling.short_factor", "0"]
      ),
      ("\"partial_rotary_factor\": 0.45", ["partial_rotary_factor", "0.45", "even"]),
      ("\"partial_rotary_factor\": 0.05", ["partial_rotary_factor", "0.05"]),
      ("\"hidden_act\": \"gelu\"", ["hidden_act", "silu"]),
    ])
  func refusals(extra: String, mentions: [String]) {
    let message = refusal("Phi3ForCausalLM", modelType: "phi3", extra)
    for word in mentions { #expect(message.contains(word), "\(message)") }
  }
}
