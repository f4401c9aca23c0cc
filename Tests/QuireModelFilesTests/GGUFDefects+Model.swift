/// Hyper-parameters and the vocabulary.
extension GGUFDefect {
  static let metadata: [GGUFDefect] = [
    GGUFDefect("no architecture", ["general.architecture", "missing"]) { $0.remove("general.architecture") },
    GGUFDefect("another architecture", ["general.architecture", "mamba", "qwen2"]) {
      $0.set("general.architecture", .string("mamba"))
    },
    GGUFDefect("no layer count", ["llama.block_count", "missing"]) { $0.remove("llama.block_count") },
    GGUFDefect("a layer count of the wrong type", ["llama.block_count", "string"]) {
      $0.set("llama.block_count", .string("1"))
    },
    GGUFDefect("no layers", ["llama.block_count", "uint32 0"]) { $0.set("llama.block_count", .u32(0)) },
    GGUFDefect("2^32-1 layers", ["llama.block_count", "4294967295"]) {
      $0.set("llama.block_count", .u32(.max))
    },
    GGUFDefect("a negative width", ["llama.embedding_length", "-32"]) {
      $0.set("llama.embedding_length", .i32(-32))
    },
    GGUFDefect("no head count", ["head_count", "missing"]) { $0.remove("llama.attention.head_count") },
    GGUFDefect("no heads", ["llama.attention.head_count", "uint32 0"]) {
      $0.set("llama.attention.head_count", .u32(0))
    },
    GGUFDefect("heads that do not divide the width", ["llama.attention.head_count", "divisor"]) {
      $0.set("llama.attention.head_count", .u32(3))
    },
    GGUFDefect("key heads that do not divide the heads", ["head_count_kv", "divisor"]) {
      $0.set("llama.attention.head_count_kv", .u32(3))
    },
    GGUFDefect("key heads that differ by layer", ["head_count_kv", "every layer"]) {
      $0.set("llama.attention.head_count_kv", .int32s([1, 2]))
    },
    GGUFDefect("a head of odd width", ["key_length", "even"]) {
      $0.set("llama.attention.key_length", .u32(15))
    },
    GGUFDefect("values of another width than keys", ["value_length"]) {
      $0.set("llama.attention.value_length", .u32(8))
    },
    GGUFDefect("a rotation of half a head", ["rope.dimension_count"]) {
      $0.set("llama.rope.dimension_count", .u32(8))
    },
    GGUFDefect("no epsilon", ["layer_norm_rms_epsilon", "missing"]) {
      $0.remove("llama.attention.layer_norm_rms_epsilon")
    },
    GGUFDefect("an epsilon that is NaN", ["layer_norm_rms_epsilon", "nan"]) {
      $0.set("llama.attention.layer_norm_rms_epsilon", .f32(.nan))
    },
    GGUFDefect("a rotation base of 0", ["rope.freq_base"]) { $0.set("llama.rope.freq_base", .f32(0)) },
    GGUFDefect("a rotation scaling that is not computed", ["rope.scaling.type", "dynamic"]) {
      $0.set("llama.rope.scaling.type", .string("dynamic"))
    },
    GGUFDefect("experts", ["expert_count", "8"]) { $0.set("llama.expert_count", .u32(8)) },
    GGUFDefect("a context of 0", ["context_length"]) { $0.set("llama.context_length", .u32(0)) },
  ]

  static let model: [GGUFDefect] = [
    GGUFDefect("a vocabulary size that differs from the tokens", ["vocab_size", "9"]) {
      $0.set("llama.vocab_size", .u32(9))
    },
    GGUFDefect("no vocabulary", ["tokenizer.ggml.model", "missing"]) { $0.remove("tokenizer.ggml.model") },
    GGUFDefect("no tokens", ["tokenizer.ggml.tokens", "missing"]) { $0.remove("tokenizer.ggml.tokens") },
    GGUFDefect("an empty list of tokens", ["tokenizer.ggml.tokens"]) {
      $0.set("tokenizer.ggml.tokens", .strings([]))
    },
    GGUFDefect("tokens that are numbers", ["tokenizer.ggml.tokens", "int32"]) {
      $0.set("tokenizer.ggml.tokens", .int32s([0, 1, 2, 3, 4, 5, 6, 7]))
    },
    GGUFDefect("a token that is not UTF-8", ["tokenizer.ggml.tokens, element 0", "UTF-8"]) {
      let good = GGUFFixture.tokens.dropFirst().flatMap { GGUFFixture.sized(Array($0.utf8)) }
      $0.set("tokenizer.ggml.tokens", .array(8, count: 8, GGUFFixture.sized([0xFF]) + good))
    },
    GGUFDefect("scores that are bytes", ["tokenizer.ggml.scores", "uint8", "float32"]) {
      $0.set("tokenizer.ggml.scores", .array(0, count: 8, Array(repeating: 1, count: 8)))
    },
    GGUFDefect("scores with a NaN", ["tokenizer.ggml.scores, element 0", "nan"]) {
      let nan = GGUFFixture.little(Float.nan.bitPattern)
      $0.set("tokenizer.ggml.scores", .array(6, count: 8, (0..<8).flatMap { _ in nan }))
    },
    GGUFDefect("too few scores", ["tokenizer.ggml.scores", "7 elements", "8"]) {
      $0.set("tokenizer.ggml.scores", .array(6, count: 7, Array(repeating: 0, count: 28)))
    },
    GGUFDefect("a chat template that is a number", ["tokenizer.chat_template"]) {
      $0.set("tokenizer.chat_template", .u32(1))
    },
    GGUFDefect("a sampling temperature below 0", ["general.sampling.temp"]) {
      $0.set("general.sampling.temp", .f32(-1))
    },
  ]
}
