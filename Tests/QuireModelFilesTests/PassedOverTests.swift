import QuireJSON
import QuireModelFiles
import QuireModels
import Testing

/// What files hold beside what is computed with: passed over with a warning where it has no effect, refused by name where
/// it would have one.
@Suite("What has no effect is passed over")
struct PassedOverTests {
  private func open(_ change: (inout CheckpointFixture) -> Void) throws -> ModelPackage {
    var fixture = CheckpointFixture.model()
    change(&fixture)
    let folder = try Folder()
    try fixture.write(to: folder)
    return try ModelPackage.open(folder.path)
  }

  private func refusal(_ change: (inout CheckpointFixture) -> Void) -> String {
    do {
      _ = try open(change)
      return "no error"
    } catch { return "\(error)" }
  }

  @Test("a model without anything odd has no warnings")
  func nothingOdd() throws {
    #expect(try open { _ in }.warnings.isEmpty)
    let folder = try Folder()
    #expect(
      try ModelPackage.open(try folder.write("m.gguf", GGUFFixture.model().bytes())).warnings.isEmpty)
  }

  @Test("tensors that tuning leaves behind are listed in one warning, whatever their format and shape")
  func tensors() throws {
    let package = try open {
      $0.add("v_head.summary.weight", [1, 8])
      $0.add("v_head.summary.bias", [1])
      $0.add("model.layers.0.self_attn.k_proj.k_scale", [], dtype: "F8_E4M3", elementByteCount: 1)
      $0.add("model.layers.1.mlp.up_proj.weight", [2], dtype: "I64", elementByteCount: 8)
      $0.add("model.layers.0.self_attn.q_proj.bias", [8])
      for index in 0..<6 { $0.add("mtp.\(index).weight", [2]) }
    }
    #expect(package.warnings.count == 1)
    let text = package.warnings[0].description
    for word in ["11 tensors are passed over", "k_proj.k_scale", "mtp.0.weight", "and 3 more"] {
      #expect(text.contains(word), "\(text)")
    }
  }

  @Test(
    "tensors that say that a weight is not what it seems are refused",
    arguments: [
      "model.layers.0.self_attn.q_proj.lora_A.weight",
      "base_model.model.model.layers.0.mlp.up_proj.lora_B.default.weight",
      "model.layers.0.mlp.down_proj.weight_scale_inv", "model.layers.0.self_attn.o_proj.qweight",
      "model.layers.0.mlp.gate_proj.weight.absmax",
    ])
  func weightParts(name: String) {
    let message = refusal { $0.add(name, [2]) }
    #expect(message.contains(name) && message.contains("not a part of llama"), "\(message)")
    #expect(message.contains("adapter") == name.contains("lora"))
  }

  @Test("a GGUF file's tensors outside the layers are passed over")
  func ggufTensors() throws {
    var fixture = GGUFFixture.model()
    fixture.add("blk.1.nextn.eh_proj.weight", [32])
    fixture.add("cls.output.weight", [32])
    let folder = try Folder()
    let package = try ModelPackage.open(try folder.write("model.gguf", fixture.bytes()))
    #expect(package.warnings.map(\.description.isEmpty) == [false])
    #expect(package.warnings[0].text.contains("blk.1.nextn.eh_proj.weight"))
  }

  @Test("a stored head counts where it differs from the embedding that it is tied to, in whatever format")
  func tiedHead() throws {
    func package(_ head: [UInt8], dtype: String) throws -> ModelPackage {
      try open {
        $0.add("lm_head.weight", [8, 8], dtype: dtype, elementByteCount: head.count)
        $0.data.removeLast(64 * head.count)
        $0.data += Array(repeatElement(head, count: 64).joined())
      }
    }
    for (head, dtype) in [([0, 0, 0, 0], "F32"), ([0, 0], "BF16"), ([0, 0x80], "F16")] as [([UInt8], String)]
    {
      let tied = try package(head, dtype: dtype)
      #expect(tied.plan.outputHead == nil && tied.plan.sizes.tiesEmbedding && tied.warnings.isEmpty)
    }
    for (head, dtype) in [([0, 0, 0x80, 0x3F], "F32"), ([0x80, 0x3F], "BF16")] as [([UInt8], String)] {
      let own = try package(head, dtype: dtype)
      #expect(own.plan.outputHead?.tensors.map(\.name) == ["lm_head.weight"])
      #expect(!own.plan.sizes.tiesEmbedding)
      #expect(own.warnings.map(\.subject) == ["tensor lm_head.weight"])
    }
    #expect(refusal { $0.add("lm_head.weight", [7, 8]) }.contains("tensor lm_head.weight: shape [7, 8]"))
  }

  @Test("a tied head is the embedding where the files hold no other")
  func onlyHead() throws {
    let package = try open { $0.entry("model.embed_tokens.weight") { $0.name = "lm_head.weight" } }
    #expect(package.plan.embedding.tensors.map(\.name) == ["lm_head.weight"])
    #expect(package.plan.outputHead == nil && package.warnings.isEmpty)
  }

  @Test(
    "ids outside the vocabulary are passed over with a warning, the others count",
    arguments: [
      ("{\"eos_token_id\": [2, 8], \"bos_token_id\": 1}", [2], 1, ["token id 8", "ends at 7"]),
      ("{\"eos_token_id\": -1}", [2], nil, ["token id -1"]),
      ("{\"eos_token_id\": 2.0, \"bos_token_id\": 151643}", [2], nil, ["key bos_token_id", "151643"]),
    ] as [(String, [Int32], Int32?, [String])])
  func tokenIDs(text: String, eos: [Int32], bos: Int32?, mentions: [String]) throws {
    let package = try open { $0.files["generation_config.json"] = text }
    #expect(package.generationDefaults.eosTokenIDs == eos)
    #expect(package.generationDefaults.bosTokenID == bos)
    #expect(package.warnings.count == 1)
    for word in mentions { #expect(package.warnings[0].description.contains(word)) }
  }

  @Test("unknown keys are named in one warning; harmless ones and those that say what is usual are not")
  func unknownKeys() throws {
    let package = try open {
      $0.config(
        "\"hidden_size\": 8",
        """
        "hidden_size": 8, "favourite_colour": "blue", "time_step_limit": [0.0, Infinity], "use_cache": true,
        "attention_dropout": 0.0, "unsloth_fixed": true, "qk_layernorm": false, "residual_multiplier": 1.0,
        "attn_logit_softcapping": null, "layer_types": ["full_attention"], "quantization": {}, "x": NaN,
        "rope_interleaved": false, "is_causal": true
        """)
    }
    #expect(package.warnings.count == 1)
    #expect(
      package.warnings[0].text == "unknown keys are passed over: favourite_colour, time_step_limit, x")
  }

  @Test(
    "keys about rotation, attention, norms, scales and quantisation that no class reads are refused by name",
    arguments: [
      ("\"qk_layernorm\": true", "qk_layernorm"), ("\"residual_multiplier\": 0.5", "residual_multiplier"),
      ("\"rope_interleaved\": true", "rope_interleaved"), ("\"is_causal\": false", "is_causal"),
      ("\"layer_types\": [\"sliding_attention\"]", "layer_types"), ("\"alibi\": true", "alibi"),
      ("\"attn_logit_softcapping\": 30.0", "attn_logit_softcapping"), ("\"use_swa\": true", "use_swa"),
      ("\"quantization\": {\"bits\": 4}", "quantization"), ("\"num_experts\": 8", "num_experts"),
      ("\"rope_parameters\": {\"rope_type\": \"default\", \"mrope_section\": [2, 2]}", "mrope_section"),
      ("\"rope_parameters\": {\"rope_type\": \"yarn\", \"factor\": 2, \"attn_factor\": 2}", "attn_factor"),
    ])
  func sensitiveKeys(text: String, name: String) {
    let message = refusal {
      $0.config("\"rope_scaling\": null, ", "")
      $0.config("\"hidden_size\": 8", "\"hidden_size\": 8, " + text)
    }
    #expect(message.contains(name) && message.contains("config.json"), "\(message)")
  }

  @Test("a GGUF file's keys are treated alike")
  func ggufKeys() throws {
    func open(_ key: String, _ value: GGUFFixture.Value) throws -> [String] {
      var fixture = GGUFFixture.model()
      fixture.set(key, value)
      let folder = try Folder()
      return try ModelPackage.open(try folder.write("model.gguf", fixture.bytes())).warnings.map(\.text)
    }
    #expect(try open("llama.colour", .u32(3)) == ["an unknown key is passed over: llama.colour"])
    #expect(try open("general.colour", .u32(3)) == [])
    #expect(try open("llama.rope.scaling.finetuned", .bool(1)) == [])
    #expect(try open("llama.attention.causal", .bool(1)) == [])
    #expect(try open("llama.logit_scale", .f32(1)) == [])
    #expect(try open("llama.expert_used_count", .u32(0)) == [])
    for (key, value) in [
      ("llama.attention.causal", .bool(0)), ("llama.logit_scale", .f32(2)),
      ("llama.attention.temperature_scale", .f32(0.1)), ("llama.rope.freq_base_swa", .f32(5000)),
    ] as [(String, GGUFFixture.Value)] {
      let error = #expect(throws: ModelFileError.self) { try open(key, value) }
      #expect(error?.description.contains(key) == true)
    }
  }

  @Test("types of tokens that are odd are passed over with a warning, and count as far as they are known")
  func tokenTypes() throws {
    func vocabulary(_ value: GGUFFixture.Value?) throws -> GGUFVocabulary {
      var fixture = GGUFFixture.model()
      fixture.remove("tokenizer.ggml.token_type")
      if let value { fixture.set("tokenizer.ggml.token_type", value) }
      let folder = try Folder()
      return try GGUFVocabulary(GGUFFile(path: try folder.write("m.gguf", fixture.bytes())).metadata)
    }
    let stated: [Int32] = [1, 1, 1, 3, 3, 6, 1, 1]
    func doubles(_ values: [Double]) -> GGUFFixture.Value {
      .array(12, count: UInt64(values.count), values.flatMap { GGUFFixture.little($0.bitPattern) })
    }
    for (value, types, words) in [
      (nil, [], "missing: expected one integer a token"),
      (.string("normal"), [], "is passed over: expected one integer a token"),
      (.strings(["1", "2"]), [], "array of 2 string is passed over"),
      (.int32s(stated), stated, nil),
      (
        .int32s([1, -1, 7, 3, 3, 6, .max, 1]), [1, 0, 0, 3, 3, 6, 0, 1],
        "3 of 8 types are passed over, the first -1.0 of token 1"
      ),
      (.int32s([1, 1, 1, 3]), [1, 1, 1, 3, 0, 0, 0, 0], "4 types of 8 tokens"),
      (.int32s(stated + [1]), stated, "9 types of 8 tokens"),
      (doubles(stated.map(Double.init)), stated, nil),
      (doubles([1, .nan, 1.5, 3, 3, 6, 1, .infinity]), [1, 0, 0, 3, 3, 6, 1, 0], "3 of 8 types"),
      (.array(7, count: 8, [1, 1, 1, 0, 0, 0, 1, 1]), [1, 1, 1, 0, 0, 0, 1, 1], nil),
    ] as [(GGUFFixture.Value?, [Int32], String?)] {
      let vocabulary = try vocabulary(value)
      #expect(vocabulary.tokenTypes == types)
      #expect(vocabulary.warnings.map(\.subject) == (words == nil ? [] : ["key tokenizer.ggml.token_type"]))
      if let words {
        #expect(vocabulary.warnings.first?.text.contains(words) == true, "\(vocabulary.warnings)")
      }
    }
  }

  @Test("scores count in double precision, too")
  func scores() throws {
    var fixture = GGUFFixture.model()
    let scores: [Double] = [0, -1, 1, 2.5, 3, 4, 5, 6]
    fixture.set(
      "tokenizer.ggml.scores", .array(12, count: 8, scores.flatMap { GGUFFixture.little($0.bitPattern) }))
    let folder = try Folder()
    let vocabulary = try GGUFVocabulary(
      GGUFFile(path: try folder.write("m.gguf", fixture.bytes())).metadata)
    #expect(vocabulary.scores == scores.map { Float($0) })
  }

  @Test("a key is unread until somebody asks for it, in objects within objects too")
  func readings() throws {
    let text = #"{"a": 1, "b": {"c": 1, "d": {"e": 1}, "f": null}, "g": {"h": 1}}"#
    guard case .object(let members) = try JSONValue(parsing: Array(text.utf8), repeatedKeys: .refused) else {
      preconditionFailure("an object was written")
    }
    let json = JSONDocument(path: "x", members: members)
    #expect(json.unreadMembers.map(\.name) == ["a", "b", "g"])
    _ = try json.integerIfPresent("a", in: 0...1)
    let inner = try json.objectIfPresent("b")
    _ = inner?["c"]
    #expect(json.unreadMembers.map(\.name) == ["b.d", "g"])
    _ = try inner?.objectIfPresent("d")
    #expect(json.unreadMembers.map(\.name) == ["b.d.e", "g"])
  }
}
