import QuireModelFiles

/// The weights of one Llama layer. Beside each property: its key after `model.layers.N.` in a Hugging Face
/// checkpoint, and after `blk.N.` in a GGUF file.
struct LlamaLayer: Sendable {
  /// `input_layernorm.weight`, `attn_norm.weight`: `[hidden]`.
  let attentionNorm: VectorParameter
  /// `self_attn.{q,k,v}_proj.{weight,bias}`, `attn_{q,k,v}.{weight,bias}`: one matmul,
  /// `[(queries + keys + values) × hidden]`.
  let queryKeyValue: Linear
  /// `self_attn.q_norm.weight`, `attn_q_norm.weight`: `[headDimension]`, Qwen3.
  let queryNorm: VectorParameter?
  /// `self_attn.k_norm.weight`, `attn_k_norm.weight`: `[headDimension]`, Qwen3.
  let keyNorm: VectorParameter?
  /// `self_attn.o_proj.{weight,bias}`, `attn_output.{weight,bias}`: `[hidden × queries]`.
  let attentionOutput: Linear
  /// `post_attention_layernorm.weight`, `ffn_norm.weight`: `[hidden]`.
  let feedForwardNorm: VectorParameter
  /// `mlp.{gate,up}_proj.{weight,bias}`, `ffn_{gate,up}.{weight,bias}`: one matmul, `[2 intermediate × hidden]`.
  let gateUp: Linear
  /// `mlp.down_proj.{weight,bias}`, `ffn_down.{weight,bias}`: `[hidden × intermediate]`.
  let down: Linear
  /// Positions that a token of this layer sees, its own included; nil for all before it.
  let window: Int?

  init(index: Int, loader: WeightLoader) throws(ModelFileError) {
    let config = loader.config
    attentionNorm = try loader.vector([.layer(index, .attentionNorm)])
    queryKeyValue = try loader.linear(
      [.layer(index, .query), .layer(index, .key), .layer(index, .value)],
      biases: config.attentionBias
        ? [.layer(index, .queryBias), .layer(index, .keyBias), .layer(index, .valueBias)] : [])
    queryNorm = config.queryKeyNorm ? try loader.vector([.layer(index, .queryNorm)]) : nil
    keyNorm = config.queryKeyNorm ? try loader.vector([.layer(index, .keyNorm)]) : nil
    attentionOutput = try loader.linear(
      [.layer(index, .attentionOutput)],
      biases: config.attentionOutputBias ? [.layer(index, .attentionOutputBias)] : [])
    feedForwardNorm = try loader.vector([.layer(index, .feedForwardNorm)])
    gateUp = try loader.linear(
      [.layer(index, .gate), .layer(index, .up)],
      biases: config.mlpBias ? [.layer(index, .gateBias), .layer(index, .upBias)] : [])
    down = try loader.linear(
      [.layer(index, .down)], biases: config.mlpBias ? [.layer(index, .downBias)] : [])
    window = config.slidingWindowLayers[index] ? config.slidingWindow : nil
  }

  /// Bytes of memory of all weights.
  var byteCount: Int {
    let vectors = [attentionNorm, feedForwardNorm, queryNorm, keyNorm].reduce(0) { $0 + ($1?.byteCount ?? 0) }
    let matrices = [queryKeyValue, attentionOutput, gateUp, down].reduce(0) { $0 + $1.byteCount }
    return vectors + matrices
  }
}
