import QuireKernels
import QuireModelFiles
import QuireModels

extension ModelPlan {
  /// What a model would compute otherwise with another plan, in words for a message; nil where the two say the same.
  ///
  /// Numbers that a GGUF file keeps in single precision are compared so.
  ///
  /// - Parameters:
  ///   - store: the tensors of rotary divisors of this plan.
  ///   - otherStore: those of `other`.
  func difference(
    in store: any TensorStore, from other: ModelPlan, in otherStore: any TensorStore
  ) throws(ModelFileError) -> String? {
    var own = sizes
    own.architecture = other.sizes.architecture
    if own != other.sizes { return "sizes \(own), read back as \(other.sizes)" }
    guard layers.count == other.layers.count else { return "\(layers.count) layers" }
    if embeddingScale != other.embeddingScale { return "a factor of \(embeddingScale) on embeddings" }
    if logitScale != other.logitScale { return "a factor of \(logitScale) on logits" }
    if logitSoftCap != other.logitSoftCap { return "a cap of \(logitSoftCap ?? 0) on logits" }
    for (index, (layer, otherLayer)) in zip(layers, other.layers).enumerated() {
      if let found = layer.attention.difference(from: otherLayer.attention) {
        return "\(found) in layer \(index)"
      }
      if let found = layer.feedForward.difference(from: otherLayer.feedForward) {
        return "\(found) in layer \(index)"
      }
      let own = layer.attention.rotary.map { rotaries[$0] }
      let others = otherLayer.attention.rotary.map { other.rotaries[$0] }
      guard let own, let others else {
        if (own == nil) == (others == nil) { continue }
        return "\(own == nil ? "no" : "a") rotation in layer \(index)"
      }
      if try !own.turns(in: store, as: others, in: otherStore) {
        return "a rotation with scaling \(own.scaling.name) in layer \(index)"
      }
    }
    return nil
  }
}

extension AttentionPlan {
  fileprivate func difference(from other: AttentionPlan) -> String? {
    if window != other.window {
      return window.map { "a sliding window of \($0) tokens" } ?? "attention without a sliding window"
    }
    if scale != other.scale { return "a factor of \(scale) on scores" }
    if softCap != other.softCap { return "a cap of \(softCap ?? 0) on scores" }
    if queryScaling?.inSinglePrecision != other.queryScaling?.inSinglePrecision {
      return "queries scaled by their position"
    }
    if outputScale != other.outputScale { return "a factor of \(outputScale) on attention's output" }
    let presence = [norm, queryNorm, keyNorm, outputNorm].map { $0?.count }
    if presence != [other.norm, other.queryNorm, other.keyNorm, other.outputNorm].map({ $0?.count }) {
      return "norms of inputs, queries, keys or outputs"
    }
    let biases = [queryKeyValue.bias, output.bias].map { $0 != nil }
    if biases != [other.queryKeyValue.bias, other.output.bias].map({ $0 != nil }) { return "biases" }
    return nil
  }
}

extension FeedForwardPlan {
  fileprivate func difference(from other: FeedForwardPlan) -> String? {
    if activation != other.activation { return "the activation \(activation)" }
    if outputScale != other.outputScale { return "a factor of \(outputScale) on the feed-forward part" }
    if [norm, outputNorm].map({ $0 != nil }) != [other.norm, other.outputNorm].map({ $0 != nil }) {
      return "norms of the feed-forward part"
    }
    return [gateUp.bias, down.bias].map { $0 != nil }
      == [other.gateUp.bias, other.down.bias].map { $0 != nil }
      ? nil : "biases of the feed-forward part"
  }
}

extension RotaryPlan {
  /// Whether queries and keys are turned alike, but for rounding.
  fileprivate func turns(
    in store: any TensorStore, as other: RotaryPlan, in otherStore: any TensorStore
  ) throws(ModelFileError) -> Bool {
    guard dimension == other.dimension, Float(magnitude) == Float(other.magnitude),
      dynamicScaling == other.dynamicScaling,
      (scaling.name == "longrope") == (other.scaling.name == "longrope")
    else { return false }
    for limit in [1, Int.max] {
      let own = RotaryFrequencies.inverse(self, divisors: try divisors(limit, store))
      let others = RotaryFrequencies.inverse(other, divisors: try other.divisors(limit, otherStore))
      guard zip(own, others).allSatisfy({ abs($0 - $1) <= 1e-6 * abs($0) }) else { return false }
    }
    return true
  }

  private func divisors(_ lengthLimit: Int, _ store: any TensorStore) throws(ModelFileError) -> [Float] {
    switch scaling.divisors(lengthLimit: lengthLimit) {
    case nil: return []
    case .values(let values): return values
    case .tensor(let name): return try store.floats(of: try store.tensor(name))
    }
  }
}

extension QueryScaling {
  /// The scaling with the numbers that a GGUF file keeps.
  fileprivate var inSinglePrecision: QueryScaling {
    guard case .steps(let factor, let length) = self else { return self }
    return .steps(factor: Double(Float(factor)), length: length)
  }
}
