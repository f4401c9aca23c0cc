import QuireKernels
import QuireModelFiles
import QuireTensorFormats

/// The bytes that a model's packed weights will take: what is planned before anything is loaded.
struct WeightMemory {
  let store: any TensorStore
  let backend: MatmulBackend
  let precision: WeightPrecision

  /// Bytes of all weights of a plan.
  func byteCount(_ plan: ModelPlan) -> Int {
    var sum = byteCount(plan.outputNorm)
    if let head = plan.outputHead {
      sum += byteCount(head) + storedByteCount(plan.embedding)
    } else {
      sum += byteCount(plan.embedding)
    }
    for layer in plan.layers { sum += byteCount(layer.attention) + byteCount(layer.feedForward) }
    return sum
  }

  private func byteCount(_ plan: AttentionPlan) -> Int {
    byteCount(plan.norm) + byteCount(plan.queryKeyValue) + byteCount(plan.queryNorm)
      + byteCount(plan.keyNorm) + byteCount(plan.output) + byteCount(plan.outputNorm)
  }

  private func byteCount(_ plan: FeedForwardPlan) -> Int {
    byteCount(plan.norm) + byteCount(plan.gateUp) + byteCount(plan.down) + byteCount(plan.outputNorm)
  }

  private func byteCount(_ source: LinearSource) -> Int { byteCount(source.weights) + byteCount(source.bias) }

  private func byteCount(_ source: VectorSource?) -> Int {
    (source?.count ?? 0) * MemoryLayout<Float>.stride
  }

  private func byteCount(_ source: WeightSource) -> Int {
    source.parts.reduce(0) { sum, part in
      sum
        + PackedMatrix.byteCount(
          rowCount: part.rowCount, columnCount: part.columnCount, backend: backend,
          format: part.format(in: store), precision: precision)
    }
  }

  /// Bytes of rows that are kept as they are stored.
  private func storedByteCount(_ source: WeightSource) -> Int {
    source.parts.reduce(0) { sum, part in
      sum + part.rowCount * (part.format(in: store).byteCount(elementCount: part.columnCount) ?? 0)
    }
  }
}
