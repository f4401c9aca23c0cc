import QuireModelFiles

/// Writes directories in Hugging Face layout, wrong ones too.
struct CheckpointFixture {
  /// One entry of a safetensors header.
  struct Entry {
    var name: String
    var dtype = "F32"
    /// JSON text, so that anything can stand there.
    var shape: String
    var offsets: String
  }

  var entries: [Entry] = []
  var data: [UInt8] = []
  /// Written instead of the entries.
  var header: [UInt8]?
  /// Written instead of the header's true length.
  var headerLength: UInt64?
  var files: [String: String] = [:]
  /// Leaves out `model.safetensors`.
  var omitsSingleFile = false

  mutating func add(_ name: String, _ shape: [Int], dtype: String = "F32", elementByteCount: Int = 4) {
    let byteCount = shape.reduce(1, *) * elementByteCount
    entries.append(
      Entry(
        name: name, dtype: dtype, shape: "\(shape)", offsets: "[\(data.count), \(data.count + byteCount)]"))
    data += Array(repeating: 0, count: byteCount)
  }

  mutating func entry(_ name: String, _ change: (inout Entry) -> Void) {
    change(&entries[entries.firstIndex { $0.name == name }!])
  }

  /// The text of the header.
  var headerText: String {
    let members = entries.map {
      "\"\($0.name)\":{\"dtype\":\"\($0.dtype)\",\"shape\":\($0.shape),\"data_offsets\":\($0.offsets)}"
    }
    return "{\"__metadata__\":{\"format\":\"pt\"}," + members.joined(separator: ",") + "}"
  }

  /// The bytes of the safetensors file.
  var bytes: [UInt8] {
    let header = header ?? Array(headerText.utf8)
    return GGUFFixture.little(headerLength ?? UInt64(header.count)) + header + data
  }

  /// Writes all files.
  func write(to folder: Folder) throws {
    if !omitsSingleFile { try folder.write("model.safetensors", bytes) }
    for (name, text) in files { try folder.write(name, text) }
  }

  /// Changes a text in `config.json`.
  mutating func config(_ old: String, _ new: String) {
    let text = files["config.json"]!
    precondition(text.contains(old))
    files["config.json"] = text.replacing(old, with: new)
  }

  /// A complete Llama of one layer: hidden 8, two heads of 4, one key head, feed-forward 12, eight tokens.
  static func model() -> CheckpointFixture {
    var fixture = CheckpointFixture()
    fixture.files["config.json"] = """
      {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 8, "intermediate_size": 12,
       "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 8,
       "max_position_embeddings": 64, "rms_norm_eps": 1e-05, "hidden_act": "silu", "bos_token_id": 1,
       "eos_token_id": 2, "rope_theta": 10000.0, "rope_scaling": null, "tie_word_embeddings": true}
      """
    fixture.files["generation_config.json"] =
      "{\"bos_token_id\": 1, \"eos_token_id\": [2, 3], \"top_p\": 0.9}"
    fixture.files["tokenizer_config.json"] =
      "{\"bos_token\": \"<s>\", \"eos_token\": {\"content\": \"</s>\"}}"
    fixture.files["tokenizer.json"] = "{}"
    fixture.add("model.embed_tokens.weight", [8, 8])
    fixture.add("model.norm.weight", [8])
    let layer = "model.layers.0."
    fixture.add(layer + "input_layernorm.weight", [8])
    fixture.add(layer + "post_attention_layernorm.weight", [8])
    fixture.add(layer + "self_attn.q_proj.weight", [8, 8], dtype: "BF16", elementByteCount: 2)
    fixture.add(layer + "self_attn.k_proj.weight", [4, 8], dtype: "F16", elementByteCount: 2)
    fixture.add(layer + "self_attn.v_proj.weight", [4, 8])
    fixture.add(layer + "self_attn.o_proj.weight", [8, 8])
    fixture.add(layer + "mlp.gate_proj.weight", [12, 8])
    fixture.add(layer + "mlp.up_proj.weight", [12, 8])
    fixture.add(layer + "mlp.down_proj.weight", [8, 12])
    return fixture
  }
}
