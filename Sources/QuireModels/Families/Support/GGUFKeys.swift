import QuireModelFiles

/// The keys of a model's hyper-parameters in a GGUF file, which begin with its architecture.
package struct GGUFKeys {
  let prefix: String

  var embeddingLength: String { prefix + ".embedding_length" }
  var feedForwardLength: String { prefix + ".feed_forward_length" }
  var blockCount: String { prefix + ".block_count" }
  var contextLength: String { prefix + ".context_length" }
  var vocabularySize: String { prefix + ".vocab_size" }
  var expertCount: String { prefix + ".expert_count" }
  var headCount: String { prefix + ".attention.head_count" }
  var keyValueHeadCount: String { prefix + ".attention.head_count_kv" }
  var keyLength: String { prefix + ".attention.key_length" }
  var valueLength: String { prefix + ".attention.value_length" }
  var epsilon: String { prefix + ".attention.layer_norm_rms_epsilon" }
  var slidingWindow: String { prefix + ".attention.sliding_window" }
  var slidingWindowPattern: String { prefix + ".attention.sliding_window_pattern" }
  var scoreSoftCap: String { prefix + ".attn_logit_softcapping" }
  var logitSoftCap: String { prefix + ".final_logit_softcapping" }
  var ropeDimension: String { prefix + ".rope.dimension_count" }
  var ropeBase: String { prefix + ".rope.freq_base" }
  var slidingRopeBase: String { prefix + ".rope.freq_base_swa" }
  var ropeScalingType: String { prefix + ".rope.scaling.type" }
  var ropeScalingFactor: String { prefix + ".rope.scaling.factor" }
  var ropeAttentionFactor: String { prefix + ".rope.scaling.attn_factor" }
  var ropeOriginalLength: String { prefix + ".rope.scaling.original_context_length" }
  var ropeFinetuned: String { prefix + ".rope.scaling.finetuned" }
  var yarnExtrapolation: String { prefix + ".rope.scaling.yarn_ext_factor" }
  var yarnAttentionFactor: String { prefix + ".rope.scaling.yarn_attn_factor" }
  var yarnFastTurns: String { prefix + ".rope.scaling.yarn_beta_fast" }
  var yarnSlowTurns: String { prefix + ".rope.scaling.yarn_beta_slow" }
  var yarnLogMultiplier: String { prefix + ".rope.scaling.yarn_log_multiplier" }
  var attentionTemperature: String { prefix + ".attention.temperature_scale" }
  var attentionScale: String { prefix + ".attention.scale" }
  var embeddingScale: String { prefix + ".embedding_scale" }
  var residualScale: String { prefix + ".residual_scale" }
  var logitScale: String { prefix + ".logit_scale" }
  var ropeScaleLinear: String { prefix + ".rope.scale_linear" }
}

extension GGUFFile {
  /// Whether the file holds a tensor of this name, in whatever format.
  func hasTensor(_ name: String) -> Bool { tensors[name] != nil || unsupportedTensors[name] != nil }
}
