import Foundation

/// A small random Llama checkpoint in Hugging Face layout, with a tokenizer of one token a byte and ChatML's
/// control tokens. The directory is removed with the value.
public final class TinyModel: Sendable {
  /// The directory.
  public let path: String

  /// The hidden size.
  public static let hidden = 32
  /// The model's length in tokens.
  public static let context = 128
  /// 256 bytes, then `<|endoftext|>`, `<|im_start|>`, `<|im_end|>`.
  public static let vocabulary = 259
  /// The id of `<|im_end|>`.
  public static let endOfTurn: Int32 = 258

  /// How the weights are stored, in safetensors' names.
  public enum Weights: String, CaseIterable, Sendable {
    case float32 = "F32"
    case bfloat16 = "BF16"
  }

  /// The ids of `<think>` and `</think>`, where the template is one that thinks.
  public static let thought: (start: Int32, end: Int32) = (259, 260)

  /// Writes the checkpoint; the same weights every time.
  ///
  /// - Parameter thinkingTemplate: a chat template in place of ChatML's; the vocabulary then has the markers of
  ///   thoughts, too, and the weights are others.
  public init(
    weights: Weights = .float32, contextLength: Int = TinyModel.context, thinkingTemplate: String? = nil
  ) throws {
    let special = Self.special + (thinkingTemplate == nil ? [] : ["<think>", "</think>"])
    let vocabularySize = 256 + special.count
    let directory = FileManager.default.temporaryDirectory.appending(path: "quire-\(UUID().uuidString)")
    path = directory.path
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    func write(_ name: String, _ object: [String: Any]) throws {
      try JSONSerialization.data(withJSONObject: object).write(to: directory.appending(path: name))
    }
    try write(
      "config.json",
      [
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
        "hidden_size": Self.hidden, "intermediate_size": 48, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
        "max_position_embeddings": contextLength, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "tie_word_embeddings": true, "vocab_size": vocabularySize, "bos_token_id": 256, "eos_token_id": 258,
      ])
    try write("generation_config.json", ["eos_token_id": 258, "temperature": 0.5, "top_k": 20])
    try write(
      "tokenizer_config.json",
      [
        "bos_token": "<|endoftext|>", "eos_token": "<|im_end|>", "add_bos_token": false,
        "chat_template": thinkingTemplate
          ?? "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + "
          + "message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
      ])
    try write("tokenizer.json", Self.tokenizer(special))
    try Self.safetensors(weights, vocabularySize).write(to: directory.appending(path: "model.safetensors"))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  private static let special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]

  private static func tokenizer(_ special: [String]) -> [String: Any] {
    let printable = Array(33...126) + Array(161...172) + Array(174...255)
    var extra = 0
    var vocabulary: [String: Int] = [:]
    for byte in 0..<256 {
      var code = byte
      if !printable.contains(byte) {
        code = 256 + extra
        extra += 1
      }
      vocabulary[String(Unicode.Scalar(code)!)] = byte
    }
    let added = special.enumerated().map { index, text in
      [
        "id": 256 + index, "content": text, "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": true,
      ] as [String: Any]
    }
    return [
      "version": "1.0", "added_tokens": added,
      "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true] as [String: Any],
      "decoder": ["type": "ByteLevel"],
      "model": ["type": "BPE", "vocab": vocabulary, "merges": [String]()] as [String: Any],
    ]
  }

  private static func safetensors(_ weights: Weights, _ vocabularySize: Int) -> Data {
    var shapes: [(String, [Int])] = [
      ("model.embed_tokens.weight", [vocabularySize, hidden]), ("model.norm.weight", [hidden]),
    ]
    for layer in 0..<2 {
      let prefix = "model.layers.\(layer)."
      shapes += [
        ("input_layernorm.weight", [hidden]), ("post_attention_layernorm.weight", [hidden]),
        ("self_attn.q_proj.weight", [32, hidden]), ("self_attn.k_proj.weight", [16, hidden]),
        ("self_attn.v_proj.weight", [16, hidden]), ("self_attn.o_proj.weight", [hidden, 32]),
        ("mlp.gate_proj.weight", [48, hidden]), ("mlp.up_proj.weight", [48, hidden]),
        ("mlp.down_proj.weight", [hidden, 48]),
      ].map { (prefix + $0.0, $0.1) }
    }
    var header: [String: Any] = [:]
    var body = Data()
    var random = TestRandom(seed: 7)
    for (name, shape) in shapes {
      let count = shape.reduce(1, *)
      let values = (0..<count).map { _ in
        shape.count == 1 ? Float(1) : Float.random(in: -0.35...0.35, using: &random)
      }
      let start = body.count
      switch weights {
      case .float32: values.withUnsafeBytes { body.append(contentsOf: $0) }
      case .bfloat16:
        let upperHalves = values.map { UInt16($0.bitPattern >> 16) }
        upperHalves.withUnsafeBytes { body.append(contentsOf: $0) }
      }
      header[name] =
        ["dtype": weights.rawValue, "shape": shape, "data_offsets": [start, body.count]] as [String: Any]
    }
    var text = try! JSONSerialization.data(withJSONObject: header)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    var length = UInt64(text.count).littleEndian
    return withUnsafeBytes(of: &length) { Data($0) } + text + body
  }
}
