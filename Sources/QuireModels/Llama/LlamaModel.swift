package import QuireKernels
package import QuireModelFiles
package import QuirePlatform

/// The Llama family: Llama, SmolLM2, Mistral (sliding window), Qwen2 (biases on queries, keys and values) and Qwen3
/// (norms of queries and keys), told apart by `ModelConfig` alone.
///
/// Pre-norm blocks of grouped-query attention with rotary positions and a gated SiLU feed-forward part.
/// Source: Touvron et al. 2023, arXiv 2302.13971; Hugging Face transformers' `modeling_llama.py` for the details.
package final class LlamaModel: CausalLanguageModel {
  /// The hyper-parameters.
  package let config: ModelConfig
  /// Bytes of memory of the packed weights.
  package let weightByteCount: Int
  let team: ThreadTeam
  /// `model.embed_tokens.weight`, `token_embd.weight`: `[vocabulary × hidden]`.
  let embedding: EmbeddingTable
  let layers: [LlamaLayer]
  /// `model.norm.weight`, `output_norm.weight`: `[hidden]`.
  let outputNorm: VectorParameter
  /// `lm_head.weight`, `output.weight`, or the embedding where they are tied: `[vocabulary × hidden]`.
  let outputHead: PackedMatrix
  /// Radians a position, `[headDimension / 2]`.
  let inverseFrequencies: VectorParameter

  /// Packs the weights of an opened model, in parallel on `team`, which also runs the model.
  ///
  /// - Throws: `ModelFileError` that names the first tensor that holds NaN or an infinity, or whose file has shrunk.
  ///   Names, shapes and formats have been checked when the package was opened.
  package init(
    _ package: ModelPackage, backend: MatmulBackend = .automatic, precision: WeightPrecision = .stored,
    team: ThreadTeam
  ) throws(ModelFileError) {
    let config = package.config
    let loader = WeightLoader(package: package, backend: backend, precision: precision, team: team)
    self.config = config
    self.team = team
    if config.tiedWordEmbeddings {
      outputHead = try loader.matrix([.tokenEmbedding])
      embedding = EmbeddingTable(sharedWith: outputHead)
    } else {
      outputHead = try loader.matrix([.outputHead])
      embedding = try loader.embedding(.tokenEmbedding)
    }
    var layers: [LlamaLayer] = []
    for index in 0..<config.layerCount { layers.append(try LlamaLayer(index: index, loader: loader)) }
    self.layers = layers
    outputNorm = try loader.vector([.outputNorm])
    inverseFrequencies = VectorParameter(
      RotaryFrequencies.inverse(config, factors: try loader.rotaryFactors()))
    weightByteCount =
      embedding.byteCount + outputHead.byteCount + outputNorm.byteCount
      + layers.reduce(0) { $0 + $1.byteCount }
  }
}
