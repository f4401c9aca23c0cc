import QuireModelFiles

extension ModelPlan {
  /// A decoder whose embedding, last norm and output head have the usual names.
  ///
  /// - Parameters:
  ///   - embedding: its name in a checkpoint of Hugging Face's.
  ///   - outputNorm: nil for the usual one.
  @inline(never)
  init(
    _ sizes: DecoderSizes, _ names: TensorNames, rotaries: [RotaryPlan], layers: [LayerPlan],
    embedding: String = "model.embed_tokens", outputNorm: VectorSource? = nil, embeddingScale: Float = 1
  ) {
    let (hidden, vocabulary) = (sizes.hiddenSize, sizes.vocabularySize)
    let head = names.matrix("lm_head", "output", vocabulary, hidden)
    self.init(
      sizes: sizes, rotaries: rotaries,
      embedding: names.matrix(embedding, "token_embd", vocabulary, hidden),
      embeddingScale: embeddingScale, layers: layers,
      outputNorm: outputNorm ?? names.vector("model.norm", "output_norm", hidden),
      outputHead: sizes.tiesEmbedding ? nil : head,
      tiedHead: sizes.tiesEmbedding ? head : nil,
      passedOver: PassedOverTensors(layout: names.layout, layerCount: sizes.layerCount))
  }
}
