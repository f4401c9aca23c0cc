import QuireJSON
import QuireModelFiles

/// What becomes of a configuration's keys that no family has asked for: harmless ones are passed over, those that sound
/// as if they changed what is computed are refused, the others are told of.
enum UnreadKeys {
  /// - Returns: at most one warning, about all keys.
  /// - Throws: ``ModelFileError`` that names the first key about rotation, attention, norms, scales or quantisation that
  ///   does not say its usual value.
  static func check(huggingFace json: JSONDocument) throws(ModelFileError) -> [ModelFileWarning] {
    let unread = json.unreadMembers.filter {
      // What an object about quantisation may hold is the affair of who reads it.
      !$0.name.hasPrefix("quantization_config.") && !isHarmless($0.name) && !isNeutral($0.name, $0.value)
    }
    if let (name, value) = unread.first(where: { changesComputation($0.name) }) {
      throw json.wrong(
        name, value, "no such key: the class that the file names does not compute with it",
        remedy: "remove the key if it has no effect")
    }
    return warnings(json.path, unread.map(\.name))
  }

  /// The same of a GGUF file's keys that begin with the architecture's name.
  static func check(
    gguf metadata: GGUFMetadata, architecture: String
  ) throws(ModelFileError)
    -> [ModelFileWarning]
  {
    let unread = metadata.unread(prefix: architecture + ".").filter {
      !isHarmless(String($0.name.dropFirst(architecture.count + 1))) && !isNeutral($0.name, $0.value)
    }
    if let (name, value) = unread.first(where: { changesComputation($0.name) }) {
      throw metadata.wrong(name, value, "no such key: \(architecture) is not computed with it")
    }
    return warnings(metadata.path, unread.map(\.name))
  }

  private static func warnings(_ path: String, _ names: [String]) -> [ModelFileWarning] {
    guard !names.isEmpty else { return [] }
    return [
      ModelFileWarning(
        path: path,
        (names.count == 1 ? "an unknown key is passed over: " : "unknown keys are passed over: ")
          + ModelFileWarning.list(names))
    ]
  }

  /// Whether a key is about something that decides what a model computes.
  private static func changesComputation(_ name: String) -> Bool {
    if name.hasPrefix("rope_parameters.") || name.hasPrefix("rope_scaling.") || name == "layer_types" {
      return !otherScalings.contains(name.split(separator: ".").last.map(String.init) ?? "")
    }
    return words(name).contains { word in
      sensitiveWords.contains(word) || word.hasSuffix("norm") || word.hasSuffix("softcapping")
    }
  }

  private static func words(_ name: String) -> [String] {
    name.lowercased().split { $0 == "_" || $0 == "." }.map(String.init)
  }

  private static let sensitiveWords: Set<String> = [
    "rope", "rotary", "mrope", "ntk", "yarn", "alibi", "attn", "attention", "logn", "qk", "swa", "window",
    "norm", "scale", "scales", "scaling", "mscale", "multiplier", "mup", "softcap", "quantization", "quant",
    "quantized", "compression", "expert", "experts", "moe", "causal", "bidirectional",
  ]

  /// Parameters of one scaling of rotation beside another scaling, which does not look at them.
  private static let otherScalings: Set<String> = [
    "factor", "original_max_position_embeddings", "max_position_embeddings", "attention_factor", "beta_fast",
    "beta_slow", "short_factor", "long_factor", "low_freq_factor", "high_freq_factor", "mscale",
    "mscale_all_dim", "truncate", "finetuned", "type", "rope_type", "rope_theta", "partial_rotary_factor",
  ]

  /// Whether a value says that a key is not to count: off, empty, a factor of 1, the usual kind.
  private static func isNeutral(_ name: String, _ value: JSONValue) -> Bool {
    switch value {
    case .null: true
    case .bool(let flag): flag == isOnByNature(name)
    case .integer(let integer): integer == 0 && isCount(name) || isNeutral(name, Double(integer))
    case .wideInteger: false
    case .number(let number): isNeutral(name, number)
    case .string: ["", "none", "default"].contains(value.text?.lowercased())
    case .array(let elements):
      name == "layer_types" ? elements.allSatisfy { $0.text == "full_attention" } : elements.isEmpty
    case .object(let members): members.isEmpty
    }
  }

  private static func isNeutral(_ name: String, _ value: GGUFValue) -> Bool {
    switch value {
    case .bool(let flag): flag == isOnByNature(name)
    case .float(let number, _): number == 0 || isNeutral(name, number)
    case .string(let text): ["", "none"].contains(text)
    case .array(let array): array.count == 0
    case .unsigned, .signed: value.integer == 0 || value.integer.map { isNeutral(name, Double($0)) } == true
    }
  }

  private static func isNeutral(_ name: String, _ number: Double) -> Bool {
    number == 1 && words(name).contains { ["scale", "scaling", "multiplier", "factor"].contains($0) }
  }

  /// Whether 0 says that there is none of what the key counts.
  private static func isCount(_ name: String) -> Bool {
    words(name).contains { ["expert", "experts", "window"].contains($0) }
  }

  /// Whether models do what the key names unless it is off.
  private static func isOnByNature(_ name: String) -> Bool {
    [
      "use_rope", "is_causal", "causal", "use_rms_norm", "rms_norm", "scale_attn_weights", "norm_before",
    ].contains(name.split(separator: ".").last.map(String.init))
  }

  private static func isHarmless(_ name: String) -> Bool {
    harmless.contains(name) || name.contains("flash_att") || name.hasPrefix("_attn_implementation")
      || name.hasPrefix("unsloth_")
      || name.hasPrefix("summary_") || name.hasSuffix("dropout") || name.hasSuffix("_pdrop")
      || name.hasSuffix("dropout_prob")
  }

  /// Keys that say nothing about what is computed for an answer, whatever their value: names, versions, training, advice
  /// for sampling that transformers 4 wrote beside the model, and what is read elsewhere (ids of tokens).
  private static let harmless: Set<String> = [
    "architectures", "model_type", "model_name", "_name_or_path", "name_or_path", "transformers_version",
    "torch_dtype", "dtype", "use_cache", "auto_map", "custom_pipelines", "tokenizer_class",
    "task_specific_params",
    "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "unk_token_id", "cls_token_id",
    "mask_token_id", "decoder_start_token_id", "initializer_range", "initializer_factor", "pretraining_tp",
    "gradient_checkpointing", "use_bfloat16", "bf16", "fp16", "fp32", "problem_type", "id2label", "label2id",
    "num_labels", "classifier_dropout", "classifier_from_token", "method", "is_original_qwen3_reranker",
    "is_matryoshka", "matryoshka_dimensions", "sentence_transformers", "sbert_ce_default_activation_function",
    "return_dict", "use_return_dict", "output_attentions",
    "output_hidden_states", "output_scores", "output_router_logits", "return_dict_in_generate", "torchscript",
    "pruned_heads", "tie_encoder_decoder", "is_encoder_decoder", "is_decoder", "cross_attention_hidden_size",
    "add_cross_attention", "chunk_size_feed_forward", "finetuning_task", "prefix", "tf_legacy_loss",
    "max_length", "min_length", "max_new_tokens", "do_sample", "early_stopping", "num_beams",
    "num_beam_groups", "diversity_penalty", "temperature", "top_k", "top_p", "typical_p",
    "repetition_penalty", "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size",
    "bad_words_ids", "num_return_sequences", "suppress_tokens", "begin_suppress_tokens",
    "forced_bos_token_id", "forced_eos_token_id", "exponential_decay_length_penalty", "remove_invalid_values",
    "cache_implementation", "attn_implementation", "full_attn_mod", "sliding_window_size",
    "max_window_layers", "original_max_position_embeddings", "is_llama_config", "transformers.js_config",
    "softmax_in_fp32", "use_cache_kernel", "onnx_safe", "tokenizer_type", "num_key_value_heads",
    "hidden_act", "layer_norm_eps", "layer_norm_epsilon", "norm_eps", "norm_epsilon", "layernorm_epsilon",
    "rope_theta",
    // Of GGUF files.
    "rope.scaling.finetuned", "rope.scaling.original_context_length", "rope.scaling.yarn_ext_factor",
    "rope.scaling.yarn_attn_factor", "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow",
    "attention.layer_norm_epsilon", "tensor_data_layout", "pooling_type",
    "classifier.output_labels",
  ]
}
