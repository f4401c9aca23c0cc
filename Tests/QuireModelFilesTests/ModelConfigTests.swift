import QuireJSON
import QuireKernels
import QuireModelFiles
import QuireModels
import Testing

/// A config.json with the classes' common keys, and what a test adds or replaces.
private func config(_ className: String, _ extra: String = "", without: [String] = []) throws -> ModelPlan {
  let type = ModelFamilies.all.first { $0.className == className }?.name ?? "none"
  var members = [
    "\"architectures\": [\"\(className)\"]", "\"model_type\": \"\(type)\"", "\"hidden_size\": 64",
    "\"intermediate_size\": 96", "\"num_hidden_layers\": 4", "\"num_attention_heads\": 4",
    "\"num_key_value_heads\": 2", "\"vocab_size\": 100", "\"rms_norm_eps\": 1e-05",
  ]
  if type == "qwen" { members += ["\"seq_length\": 32", "\"kv_channels\": 16"] }
  if type == "ministral3" {
    members.append(
      "\"rope_parameters\": {\"rope_type\": \"yarn\", \"rope_theta\": 1e6, \"factor\": 4.0, "
        + "\"original_max_position_embeddings\": 64, \"llama_4_scaling_beta\": 0.1}")
  }
  members.removeAll { member in without.contains { member.hasPrefix("\"\($0)\"") } }
  let text = "{" + members.joined(separator: ", ") + (extra.isEmpty ? "" : ", " + extra) + "}"
  guard case .object(let members) = try JSONValue(parsing: Array(text.utf8), repeatedKeys: .refused) else {
    preconditionFailure("an object was written")
  }
  return try ModelFamilies.plan(huggingFace: JSONDocument(path: "config.json", members: members))
}

extension ModelPlan {
  /// The length that YaRN begins at; 0 for another scaling.
  var stretchedFrom: Int {
    if case .yarn(let yarn) = rotaries[0].scaling { yarn.originalMaxPositionCount } else { 0 }
  }
  /// Whether queries, keys and values have biases.
  var hasAttentionBiases: Bool { layers.allSatisfy { $0.attention.queryKeyValue.bias != nil } }
  /// Whether the attention's output has one.
  var hasOutputBias: Bool { layers.allSatisfy { $0.attention.output.bias != nil } }
  /// Whether the feed-forward part has biases.
  var hasFeedForwardBiases: Bool {
    layers.allSatisfy { $0.feedForward.gateUp.bias != nil && $0.feedForward.down.bias != nil }
  }
  /// Whether heads are normed before the rotation.
  var normsQueriesAndKeys: Bool {
    layers.allSatisfy { $0.attention.queryNorm != nil && $0.attention.keyNorm != nil }
  }
}

@Suite("config.json")
struct ModelConfigTests {
  @Test("absent keys have the defaults of the class in transformers")
  func defaults() throws {
    let llama = try config("LlamaForCausalLM", without: ["num_key_value_heads"])
    #expect(llama.sizes.keyValueHeadCount == 4)
    #expect(llama.sizes.headDimension == 16)
    #expect(llama.sizes.maxPositionCount == 2048)
    #expect(llama.rotaries.map(\.theta) == [10_000])
    #expect(!llama.sizes.tiesEmbedding && !llama.hasAttentionBiases && !llama.hasFeedForwardBiases)
    #expect(llama.shape.windows == [nil, nil, nil, nil])

    let mistral = try config("MistralForCausalLM")
    #expect(mistral.shape.windows == [4096, 4096, 4096, 4096])
    #expect(mistral.shape.attentionWindow == 4096)
    #expect(mistral.sizes.maxPositionCount == 131_072)
    #expect(
      try config("MistralForCausalLM", "\"sliding_window\": null").shape.windows == [nil, nil, nil, nil])

    let qwen2 = try config("Qwen2ForCausalLM")
    #expect(qwen2.hasAttentionBiases && !qwen2.hasOutputBias && !qwen2.normsQueriesAndKeys)
    #expect(qwen2.shape.windows == [nil, nil, nil, nil])

    let qwen3 = try config("Qwen3ForCausalLM")
    #expect(qwen3.sizes.headDimension == 128)
    #expect(qwen3.normsQueriesAndKeys && !qwen3.hasAttentionBiases)
    #expect(qwen3.sizes.queryWidth == 512)
  }

  @Test(
    "a null count of key heads means as many as query heads",
    arguments: ModelFamilies.all.map { $0.className })
  func nullKeyValueHeads(className: String) throws {
    let config = try config(
      className, "\"num_key_value_heads\": null", without: ["num_key_value_heads"])
    #expect(config.sizes.keyValueHeadCount == 4)
  }

  @Test("biases follow the class: Mistral ignores attention_bias, Qwen2 has q, k and v always")
  func biases() throws {
    let llama = try config("LlamaForCausalLM", "\"attention_bias\": true, \"mlp_bias\": true")
    #expect(llama.hasAttentionBiases && llama.hasOutputBias && llama.hasFeedForwardBiases)
    let mistral = try config("MistralForCausalLM", "\"attention_bias\": true, \"mlp_bias\": true")
    #expect(!mistral.hasAttentionBiases && !mistral.hasFeedForwardBiases)
    let qwen3 = try config("Qwen3ForCausalLM", "\"attention_bias\": true")
    #expect(qwen3.hasAttentionBiases && qwen3.hasOutputBias)
    let qwen2 = try config("Qwen2ForCausalLM", "\"attention_bias\": false")
    #expect(qwen2.hasAttentionBiases && !qwen2.hasOutputBias)
  }

  @Test(
    "Qwen's window is on the layers from max_window_layers on, or those of layer_types, and only when it is used"
  )
  func qwenWindow() throws {
    let used = "\"use_sliding_window\": true, \"sliding_window\": 32"
    let first = try config("Qwen2ForCausalLM", used + ", \"max_window_layers\": 3")
    #expect(first.shape.windows == [nil, nil, nil, 32])
    #expect(first.shape.attentionWindow == nil)
    #expect(try config("Qwen2ForCausalLM", used).shape.windows == [nil, nil, nil, nil])
    let types =
      "\"layer_types\": [\"sliding_attention\", \"full_attention\", \"full_attention\", \"sliding_attention\"]"
    let listed = try config("Qwen3ForCausalLM", used + ", " + types)
    #expect(listed.shape.windows == [32, nil, nil, 32])
    let unused = try config("Qwen3ForCausalLM", "\"sliding_window\": 32, " + types)
    #expect(unused.shape.windows == [nil, nil, nil, nil])
  }

  @Test(
    "rotation is read from transformers 4's keys and from transformers 5's",
    arguments: [
      ("\"rope_theta\": 5e5", 500_000, RopeScaling.none),
      ("\"rope_parameters\": {\"rope_theta\": 5e5, \"rope_type\": \"default\"}", 500_000, .none),
      ("\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}", 10_000, .linear(factor: 2)),
      (
        "\"rope_parameters\": {\"rope_theta\": 20000, \"rope_type\": \"linear\", \"factor\": 4.0}", 20_000,
        .linear(factor: 4)
      ),
      (
        "\"rope_theta\": 500000.0, \"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 8192}",
        500_000,
        .llama3(
          factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositionEmbeddings: 8192)
      ),
    ])
  func rotation(text: String, theta: Double, scaling: RopeScaling) throws {
    let config = try config("LlamaForCausalLM", text)
    #expect(config.rotaries == [RotaryPlan(dimension: 16, theta: theta, scaling: scaling)])
  }

  @Test("rope_scaling beside rope_parameters must say nothing else")
  func twoRotations() throws {
    let current = "\"rope_parameters\": {\"rope_theta\": 20000, \"rope_type\": \"linear\", \"factor\": 4.0}"
    let same = try config(
      "LlamaForCausalLM", current + ", \"rope_scaling\": {\"type\": \"linear\", \"factor\": 4.0}")
    #expect(same.rotaries == [RotaryPlan(dimension: 16, theta: 20_000, scaling: .linear(factor: 4))])
    #expect(same.warnings.isEmpty)
    for empty in ["null", "{}"] {
      #expect(
        try config("LlamaForCausalLM", current + ", \"rope_scaling\": " + empty).rotaries == same.rotaries)
    }
    for other in [
      "{\"type\": \"linear\", \"factor\": 2.0}", "{\"type\": \"dynamic\", \"factor\": 4.0}",
      "{\"rope_type\": \"linear\", \"factor\": 4.0, \"beta_fast\": 3}",
    ] {
      let error = #expect(throws: ModelFileError.self) {
        try config("Qwen2ForCausalLM", current + ", \"rope_scaling\": " + other)
      }
      #expect(error?.description.contains("key rope_scaling:") == true)
      #expect(error?.description.contains("rope_parameters") == true)
    }
  }

  @Test("YaRN and a growing base stretch the model's length, and YaRN scales what is turned")
  func stretched() throws {
    let yarn = try config(
      "Qwen2ForCausalLM",
      "\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4.0, \"original_max_position_embeddings\": 32768}")
    #expect(yarn.sizes.maxPositionCount == 131_072)
    #expect(abs(yarn.rotaries[0].magnitude - 1.138629436) < 1e-9)
    let scaling = "\"rope_type\": \"yarn\", \"factor\": 40"
    for (keys, magnitude) in [
      ("\"mscale\": 1.0, \"mscale_all_dim\": 1.0", 1), ("\"mscale\": 0.707", 1.3688879454),
      ("\"mscale\": 1.0, \"mscale_all_dim\": 0.5, \"attention_factor\": 0.25", 0.25),
    ] {
      let plan = try config("LlamaForCausalLM", "\"rope_parameters\": {\(scaling), \(keys)}")
      #expect(abs(plan.rotaries[0].magnitude - magnitude) < 1e-9)
    }
    let dynamic = try config(
      "LlamaForCausalLM",
      "\"max_position_embeddings\": 100, \"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2.5}")
    #expect(dynamic.sizes.maxPositionCount == 250)
    #expect(
      dynamic.rotaries[0].scaling == .dynamic(DynamicScaling(rule: .growing(factor: 2.5), length: 100)))
  }

  @Test(
    "an activation has any of the names that transformers has for it",
    arguments: [
      ("silu", GateActivation.silu), ("swish", .silu), ("SiLU", .silu), ("gelu_new", .geluTanh),
      ("gelu_pytorch_tanh", .geluTanh), ("gelu_fast", .geluTanh),
    ])
  func activations(name: String, activation: GateActivation) throws {
    for (className, key) in [
      ("LlamaForCausalLM", "hidden_act"), ("Phi3ForCausalLM", "hidden_act"),
      ("Gemma2ForCausalLM", "hidden_activation"),
    ] {
      let plan = try config(className, "\"\(key)\": \"\(name)\"")
      #expect(plan.layers.allSatisfy { $0.feedForward.activation == activation })
    }
  }

  @Test("the class of architectures wins, and model_type alone is enough")
  func family() throws {
    #expect(try config("Qwen2ForCausalLM", without: ["architectures"]).sizes.architecture == "qwen2")
    #expect(try config("Qwen2ForCausalLM", without: ["model_type"]).sizes.architecture == "qwen2")
  }

  @Test(
    "what is not computed, missing or out of range is refused by name",
    arguments: [
      ("\"hidden_act\": \"gelu\"", "", ["hidden_act", "gelu", "silu"]),
      (
        "\"quantization_config\": {\"quant_method\": \"fp8\"}", "",
        ["quantization_config.quant_method", "fp8", "gptq, awq, compressed-tensors or mxfp4"]
      ),
      ("\"rope_scaling\": {\"rope_type\": \"mrope\"}", "", ["rope_scaling.rope_type", "mrope", "yarn"]),
      (
        "\"rope_parameters\": {\"rope_type\": \"longrope\"}", "", ["rope_parameters.short_factor", "missing"]
      ),
      (
        "\"rope_parameters\": {\"full_attention\": {\"rope_theta\": 1}}", "",
        ["rope_parameters.full_attention"]
      ),
      ("\"rope_scaling\": {\"rope_type\": \"linear\"}", "", ["rope_scaling.factor", "missing"]),
      (
        "\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 4, \"high_freq_factor\": 4}",
        "", ["high_freq_factor", "low_freq_factor"]
      ),
      ("\"partial_rotary_factor\": 0.5", "", ["partial_rotary_factor", "0.5"]),
      ("\"hidden_size\": 0", "hidden_size", ["hidden_size", "0"]),
      ("\"hidden_size\": \"64\"", "hidden_size", ["hidden_size", "string"]),
      ("", "hidden_size", ["hidden_size", "missing"]),
      ("\"num_attention_heads\": 5", "num_attention_heads", ["num_attention_heads", "divisor"]),
      ("\"num_attention_heads\": 4097", "num_attention_heads", ["num_attention_heads", "4097"]),
      ("\"num_key_value_heads\": 3", "num_key_value_heads", ["num_key_value_heads", "divisor"]),
      ("\"head_dim\": 15", "", ["head_dim", "even"]),
      ("\"vocab_size\": 1e300", "vocab_size", ["vocab_size"]),
      ("\"num_hidden_layers\": 99999999999999999999", "num_hidden_layers", ["num_hidden_layers"]),
      ("\"rms_norm_eps\": -1", "rms_norm_eps", ["rms_norm_eps", "-1"]),
      (
        "\"architectures\": [\"GemmaForCausalLM\"]", "architectures",
        ["GemmaForCausalLM", "LlamaForCausalLM"]
      ),
      ("\"model_type\": \"qwen2\"", "model_type", ["model_type", "qwen2"]),
    ])
  func refusals(extra: String, without: String, mentions: [String]) {
    let error = #expect(throws: ModelFileError.self) {
      try config("LlamaForCausalLM", extra, without: [without])
    }
    for word in mentions {
      #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }
  }

  @Test("layer_types must name every layer, and only known types")
  func layerTypes() {
    let used = "\"use_sliding_window\": true, \"layer_types\": "
    for types in ["[\"full_attention\"]", "[\"a\", \"a\", \"a\", \"a\"]", "3"] {
      #expect(throws: ModelFileError.self) { try config("Qwen2ForCausalLM", used + types) }
    }
  }
}

@Suite("GGUF hyper-parameters")
struct GGUFConfigTests {
  private func open(_ change: (inout GGUFFixture) -> Void) throws -> ModelPackage {
    var fixture = GGUFFixture.model()
    change(&fixture)
    let folder = try Folder()
    return try ModelPackage.open(try folder.write("model.gguf", fixture.bytes()))
  }

  @Test("optional keys have llama.cpp's defaults")
  func defaults() throws {
    let package = try open {
      $0.remove("llama.rope.freq_base")
      $0.remove("tokenizer.ggml.add_bos_token")
    }
    #expect(package.plan.rotaries == [RotaryPlan(dimension: 16, theta: 10_000, scaling: .none)])
    #expect(package.plan.sizes.tiesEmbedding)
    #expect(package.tokenizerSettings.addBOS == nil)
    #expect(package.name == "model.gguf")
  }

  @Test("optional tensors decide over head, biases and rotation factors")
  func tensorsDecide() throws {
    let package = try open {
      $0.add("output.weight", [8, 32], quantized: true)
      $0.add("rope_freqs.weight", [8])
      for (name, size) in [("q", 32), ("k", 16), ("v", 16), ("output", 32)] {
        $0.add("blk.0.attn_\(name).bias", [size])
      }
    }
    #expect(!package.plan.sizes.tiesEmbedding)
    #expect(
      package.plan.outputHead?.tensors == [
        TensorRequirement(name: "output.weight", shape: [8, 32], counterpart: "lm_head.weight")
      ])
    #expect(package.plan.rotaries[0].scaling == .frequencyFactors(.tensor("rope_freqs.weight")))
    #expect(package.plan.hasAttentionBiases && package.plan.hasOutputBias)
  }

  @Test("scaling and window are read; one head count for all layers may stand in an array")
  func scalingAndWindow() throws {
    let package = try open {
      $0.set("llama.rope.scaling.type", .string("linear"))
      $0.set("llama.rope.scaling.factor", .f32(4))
      $0.set("llama.attention.sliding_window", .u32(16))
      $0.set("llama.attention.head_count_kv", .int32s([1]))
    }
    #expect(package.plan.rotaries[0].scaling == .linear(factor: 4))
    #expect(package.shape.windows == [16])
    #expect(package.shape.keyValueHeadCount == 1)
  }

  @Test("YaRN is read as llama.cpp's converter writes it")
  func yarn() throws {
    func package(_ keys: [(String, GGUFFixture.Value)]) throws -> ModelPackage {
      try open { fixture in
        fixture.set("llama.rope.scaling.type", .string("yarn"))
        fixture.set("llama.rope.scaling.factor", .f32(4))
        for (key, value) in keys { fixture.set("llama.rope.scaling." + key, value) }
      }
    }
    let plain = try package([])
    #expect(abs(plain.plan.rotaries[0].magnitude - 1.1386294361) < 1e-9)
    #expect(plain.shape.maxPositionCount == 4 * plain.plan.stretchedFrom)
    let stated = try package([
      ("original_context_length", .u32(20)), ("yarn_attn_factor", .f32(1.5)), ("yarn_beta_fast", .f32(16)),
      ("attn_factor", .f32(2)), ("yarn_ext_factor", .f32(1)),
    ])
    #expect(stated.plan.rotaries[0].magnitude == 3 && stated.plan.stretchedFrom == 20)
    let ratio = try package([("yarn_log_multiplier", .f32(0.5))])
    #expect(abs(ratio.plan.rotaries[0].magnitude - 1.0648216254) < 1e-9)
    for (key, value) in [("yarn_ext_factor", 0.5), ("yarn_beta_fast", 0)] as [(String, Float)] {
      let error = #expect(throws: ModelFileError.self) { try package([(key, .f32(value))]) }
      #expect(error?.description.contains(key) == true)
    }
  }

  @Test("advice for sampling and the ends of texts are read")
  func generation() throws {
    let package = try open {
      $0.set("general.sampling.temp", .f32(0.5))
      $0.set("general.sampling.top_k", .i32(0))
      $0.set("tokenizer.ggml.eot_token_id", .u32(5))
    }
    #expect(package.generationDefaults.temperature == 0.5)
    #expect(package.generationDefaults.topK == -1)
    #expect(package.generationDefaults.eosTokenIDs == [4, 5])
    #expect(package.generationDefaults.bosTokenID == 3)
    #expect(package.tokenizerSettings.chatTemplate?.contains("<|im_start|>") == true)
  }
}
