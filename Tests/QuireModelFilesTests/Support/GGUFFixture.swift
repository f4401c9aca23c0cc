/// Writes GGUF files, wrong ones too: every count, type and offset can be overridden.
struct GGUFFixture {
  struct Value {
    var type: UInt32
    var bytes: [UInt8]

    static func u8(_ value: UInt8) -> Value { Value(type: 0, bytes: [value]) }
    static func u32(_ value: UInt32) -> Value { Value(type: 4, bytes: little(value)) }
    static func i32(_ value: Int32) -> Value { Value(type: 5, bytes: little(value)) }
    static func f32(_ value: Float) -> Value { Value(type: 6, bytes: little(value.bitPattern)) }
    static func bool(_ value: UInt8) -> Value { Value(type: 7, bytes: [value]) }
    static func string(_ text: String) -> Value { Value(type: 8, bytes: sized(Array(text.utf8))) }
    static func bytes(_ bytes: [UInt8]) -> Value { Value(type: 8, bytes: sized(bytes)) }
    static func array(_ type: UInt32, count: UInt64, _ bytes: [UInt8]) -> Value {
      Value(type: 9, bytes: little(type) + little(count) + bytes)
    }
    static func strings(_ texts: [String]) -> Value {
      array(8, count: UInt64(texts.count), texts.flatMap { sized(Array($0.utf8)) })
    }
    static func int32s(_ values: [Int32]) -> Value {
      array(5, count: UInt64(values.count), values.flatMap { little($0) })
    }
  }

  struct Tensor {
    var name: [UInt8]
    /// Innermost first, as in the file.
    var dimensions: [UInt64]
    var dimensionCount: UInt32?
    var type: UInt32
    var offset: UInt64?
    var data: [UInt8]
  }

  var magic: [UInt8] = Array("GGUF".utf8)
  var version: [UInt8] = little(UInt32(3))
  var tensorCount: UInt64?
  var keyCount: UInt64?
  /// Written as the length of the first key instead of the truth.
  var firstKeyLength: UInt64?
  var keys: [(name: [UInt8], value: Value)] = []
  var tensors: [Tensor] = []
  var alignment = 32

  static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  static func sized(_ bytes: [UInt8]) -> [UInt8] { little(UInt64(bytes.count)) + bytes }

  /// Sets a key, in its old place where it is there already.
  mutating func set(_ key: String, _ value: Value) {
    let name = Array(key.utf8)
    if let index = keys.firstIndex(where: { $0.name == name }) {
      keys[index].value = value
    } else {
      keys.append((name, value))
    }
  }

  mutating func remove(_ key: String) { keys.removeAll { $0.name == Array(key.utf8) } }

  /// Changes the tensor of a name.
  mutating func tensor(_ name: String, _ change: (inout Tensor) -> Void) {
    let index = tensors.firstIndex { $0.name == Array(name.utf8) }!
    change(&tensors[index])
  }

  /// Adds a tensor of zeros with a given shape, outermost first, as F32 or as Q4_0.
  mutating func add(_ name: String, _ shape: [Int], quantized: Bool = false) {
    let count = shape.reduce(1, *)
    tensors.append(
      Tensor(
        name: Array(name.utf8), dimensions: shape.reversed().map(UInt64.init), type: quantized ? 2 : 0,
        data: Array(repeating: 0, count: quantized ? count / 32 * 18 : count * 4)))
  }

  /// The bytes before the tensor data, without padding.
  func head() -> [UInt8] {
    var head = magic + version
    head += Self.little(tensorCount ?? UInt64(tensors.count))
    head += Self.little(keyCount ?? UInt64(keys.count))
    for (index, (name, value)) in keys.enumerated() {
      let length = index == 0 ? firstKeyLength ?? UInt64(name.count) : UInt64(name.count)
      head += Self.little(length) + name + Self.little(value.type) + value.bytes
    }
    var offset = 0
    for tensor in tensors {
      head += Self.sized(tensor.name)
      head += Self.little(tensor.dimensionCount ?? UInt32(tensor.dimensions.count))
      for dimension in tensor.dimensions { head += Self.little(dimension) }
      head += Self.little(tensor.type) + Self.little(tensor.offset ?? UInt64(offset))
      offset = padded(offset + tensor.data.count)
    }
    return head
  }

  /// The whole file; no padding after the last tensor.
  func bytes() -> [UInt8] {
    var file = head()
    for tensor in tensors {
      file += Array(repeating: 0, count: padded(file.count) - file.count)
      file += tensor.data
    }
    return file
  }

  private func padded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }
}

extension GGUFFixture {
  static let tokens = ["a", "b", "ab", "<s>", "</s>", "<0x0A>", "c", "Ġ"]

  /// A complete Llama of one layer: hidden 32, two heads of 16, one key head, feed-forward 32, eight tokens.
  static func model(architecture: String = "llama") -> GGUFFixture {
    var fixture = GGUFFixture()
    fixture.set("general.architecture", .string(architecture))
    fixture.set("\(architecture).block_count", .u32(1))
    fixture.set("\(architecture).context_length", .u32(64))
    fixture.set("\(architecture).embedding_length", .u32(32))
    fixture.set("\(architecture).feed_forward_length", .u32(32))
    fixture.set("\(architecture).attention.head_count", .u32(2))
    fixture.set("\(architecture).attention.head_count_kv", .u32(1))
    fixture.set("\(architecture).attention.layer_norm_rms_epsilon", .f32(1e-5))
    fixture.set("\(architecture).rope.freq_base", .f32(500_000))
    fixture.set("tokenizer.ggml.model", .string("gpt2"))
    fixture.set("tokenizer.ggml.pre", .string("smollm"))
    fixture.set("tokenizer.ggml.tokens", .strings(tokens))
    fixture.set("tokenizer.ggml.token_type", .int32s([1, 1, 1, 3, 3, 6, 1, 1]))
    fixture.set("tokenizer.ggml.merges", .strings(["a b"]))
    fixture.set("tokenizer.ggml.bos_token_id", .u32(3))
    fixture.set("tokenizer.ggml.eos_token_id", .u32(4))
    fixture.set("tokenizer.ggml.add_bos_token", .bool(1))
    fixture.set("tokenizer.chat_template", .string("<|im_start|>{{ messages }}"))
    fixture.add("token_embd.weight", [8, 32], quantized: true)
    fixture.add("blk.0.attn_norm.weight", [32])
    fixture.add("blk.0.attn_q.weight", [32, 32], quantized: true)
    fixture.add("blk.0.attn_k.weight", [16, 32], quantized: true)
    fixture.add("blk.0.attn_v.weight", [16, 32], quantized: true)
    fixture.add("blk.0.attn_output.weight", [32, 32], quantized: true)
    fixture.add("blk.0.ffn_norm.weight", [32])
    fixture.add("blk.0.ffn_gate.weight", [32, 32], quantized: true)
    fixture.add("blk.0.ffn_up.weight", [32, 32], quantized: true)
    fixture.add("blk.0.ffn_down.weight", [32, 32], quantized: true)
    fixture.add("output_norm.weight", [32])
    if architecture == "qwen2" {
      for (name, size) in [("q", 32), ("k", 16), ("v", 16)] { fixture.add("blk.0.attn_\(name).bias", [size]) }
    }
    if architecture == "qwen3" {
      for name in ["q", "k"] { fixture.add("blk.0.attn_\(name)_norm.weight", [16]) }
    }
    return fixture
  }
}
