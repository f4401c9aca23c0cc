extension ModelConfig {
  /// Every weight that the model needs, in the order of its computation. Linear in the number of layers.
  public func expectedTensors(in layout: ModelLayout) -> [ModelTensor] {
    var kinds: [LayerTensor] = [
      .attentionNorm, .query, .key, .value, .attentionOutput, .feedForwardNorm, .gate, .up, .down,
    ]
    if attentionBias { kinds += [.queryBias, .keyBias, .valueBias] }
    if attentionOutputBias { kinds.append(.attentionOutputBias) }
    if queryKeyNorm { kinds += [.queryNorm, .keyNorm] }
    if mlpBias { kinds += [.gateBias, .upBias, .downBias] }
    var tensors: [ModelTensor] = [.tokenEmbedding]
    if ropeScaling == .frequencyFactors { tensors.append(.ropeFrequencyFactors) }
    for layer in 0..<layerCount { tensors += kinds.map { .layer(layer, $0) } }
    tensors.append(.outputNorm)
    if !tiedWordEmbeddings { tensors.append(.outputHead) }
    return tensors
  }

  /// Checks that a store holds the weights of this model and no others.
  ///
  /// Left aside are tensors that say nothing: tables of rotation frequencies that older checkpoints carry, and an output head
  /// beside an embedding that it is tied to.
  ///
  /// - Throws: ``ModelFileError`` that names the first missing, misshapen or superfluous tensor, or one in a format that Quire
  ///   cannot compute with.
  public func check(_ store: any TensorStore, layout: ModelLayout) throws(ModelFileError) {
    let expected = expectedTensors(in: layout)
    var names: Set<String> = []
    for tensor in expected {
      let name = tensor.name(in: layout)
      names.insert(name)
      let found = try store.tensor(name)
      guard found.shape == tensor.shape(self) else {
        throw ModelFileError(
          path: store.filePaths[found.fileIndex], subject: "tensor " + printable(name),
          found: "shape \(found.shape)", expected: "\(tensor.shape(self)), as the configuration says")
      }
    }
    let extra = (Array(store.tensors.keys) + store.unsupportedTensors.keys).sorted().first {
      !names.contains($0) && !isHarmless($0, in: layout)
    }
    if let extra {
      throw ModelFileError(
        path: store.filePaths.first ?? "", subject: "tensor " + printable(extra),
        found: "not a part of \(architecture.rawValue)",
        expected: "only the tensors that the configuration implies"
      )
    }
  }

  private func isHarmless(_ name: String, in layout: ModelLayout) -> Bool {
    switch layout {
    case .gguf: name.hasSuffix(".rot_embd") || name.hasSuffix(".attn_rot_embd")
    case .huggingFace:
      name.hasSuffix(".rotary_emb.inv_freq") || (tiedWordEmbeddings && name == "lm_head.weight")
    }
  }
}
