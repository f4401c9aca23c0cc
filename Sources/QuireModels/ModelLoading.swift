package import QuireKernels
package import QuireModelFiles
package import QuirePlatform
import QuireTensorFormats

/// From an opened package to a model that runs.
package enum ModelLoading {
  /// Packs the weights of `package` for `backend`; the model runs on `team`.
  ///
  /// - Throws: `ModelFileError` that names the first tensor that cannot be used.
  package static func load(
    _ package: ModelPackage, backend: MatmulBackend, precision: WeightPrecision = .stored, team: ThreadTeam
  ) throws(ModelFileError) -> any CausalLanguageModel {
    switch package.config.architecture {
    case .llama, .mistral, .qwen2, .qwen3:
      try LlamaModel(package, backend: backend, precision: precision, team: team)
    }
  }

  /// Bytes of memory that the packed weights will take: what is planned before anything is loaded.
  package static func weightByteCount(
    _ package: ModelPackage, backend: MatmulBackend, precision: WeightPrecision = .stored
  ) -> Int {
    let config = package.config
    return config.expectedTensors(in: package.layout).reduce(0) { sum, tensor in
      let shape = tensor.shape(config)
      switch tensor {
      case .ropeFrequencyFactors: return sum
      case .tokenEmbedding where !config.tiedWordEmbeddings:
        return sum + (package.tensors.tensors[tensor.name(in: package.layout)]?.byteRange.count ?? 0)
      default:
        guard shape.count > 1 else { return sum + shape[0] * MemoryLayout<Float>.stride }
        let stored = package.tensors.tensors[tensor.name(in: package.layout)]?.format ?? .f32
        return sum
          + PackedMatrix.byteCount(
            rowCount: shape[0], columnCount: shape[1], backend: backend, format: stored, precision: precision)
      }
    }
  }
}
