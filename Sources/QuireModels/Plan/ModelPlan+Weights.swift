extension ModelPlan {
  /// All matrices and vectors in the order of the computation.
  package var weights: (matrices: [any WeightRowSource], vectors: [VectorSource]) {
    var matrices = embedding.parts
    var vectors: [VectorSource] = []
    for layer in layers {
      let (attention, feedForward) = (layer.attention, layer.feedForward)
      for linear in [attention.queryKeyValue, attention.output, feedForward.gateUp, feedForward.down] {
        matrices += linear.weights.parts
        vectors += linear.bias.map { [$0] } ?? []
      }
      vectors += [
        attention.norm, attention.queryNorm, attention.keyNorm, attention.outputNorm, feedForward.norm,
        feedForward.outputNorm,
      ].compactMap { $0 }
    }
    return (matrices + (outputHead?.parts ?? []), vectors + [outputNorm])
  }
}
