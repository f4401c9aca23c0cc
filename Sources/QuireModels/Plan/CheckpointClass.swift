import QuireModelFiles

/// What a checkpoint holds of a decoder, by the class that its configuration names.
package enum CheckpointClass: Sendable, Equatable {
  /// The whole of it: `LlamaForCausalLM`.
  case causalLM
  /// No output head: `LlamaModel`, as embedding models are saved.
  case body
  /// A classifier in place of the output head: `LlamaForSequenceClassification`.
  case sequenceClassification
}

extension ModelPlan {
  /// The tensor of a classifier in place of the output head, `[classes × hiddenSize]`.
  static let classifierName = "score.weight"

  /// Takes the output head away: texts are read, and no token follows.
  mutating func removeHead() {
    makesTokens = false
    outputHead = nil
    tiedHead = nil
    sizes.tiesEmbedding = true
  }

  /// Fits the plan to the tensors that a checkpoint of its class has.
  ///
  /// - Parameter isEmbedding: whether the files are those of an embedding model, which may come without the head that its
  ///   class has.
  mutating func resolveClass(_ store: any TensorStore, isEmbedding: Bool) {
    switch checkpointClass {
    case .causalLM:
      if isEmbedding, let outputHead, !store.holds(outputHead) { removeHead() }
    case .body: removeHead()
    case .sequenceClassification:
      removeHead()
      passedOver.readElsewhere.insert(Self.classifierName)
    }
  }
}

extension SafetensorsCheckpoint {
  /// The same tensors under the names that the whole model has for them: the body alone is saved without `model.` before
  /// each.
  func namedAsWhole(_ plan: ModelPlan) -> SafetensorsCheckpoint {
    let (prefix, name) = ("model.", plan.embedding.tensors[0].name)
    guard name.hasPrefix(prefix), tensors[name] == nil, unsupportedTensors[name] == nil,
      tensors[String(name.dropFirst(prefix.count))] != nil
    else { return self }
    return renamed { $0 == ModelPlan.classifierName || $0.hasPrefix("lm_head.") ? $0 : prefix + $0 }
  }
}
