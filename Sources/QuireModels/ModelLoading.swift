package import QuireKernels
package import QuireModelFiles
package import QuirePlatform

/// Makes a model that runs of an opened package.
package enum ModelLoading {
  /// Packs the weights of `package` for `backend`; the model runs on `team`.
  ///
  /// - Parameter lengthLimit: tokens of a text at most; nil for as many as the model was made for.
  /// - Throws: `ModelFileError` that names the first tensor that cannot be used.
  package static func load(
    _ package: ModelPackage, backend: MatmulBackend, precision: WeightPrecision = .stored,
    lengthLimit: Int? = nil, team: ThreadTeam
  ) throws(ModelFileError) -> any CausalLanguageModel {
    try DecoderModel(
      package, backend: backend, precision: precision, lengthLimit: lengthLimit, team: team)
  }

  /// Bytes of memory that the packed weights will take: what is planned before anything is loaded.
  package static func weightByteCount(
    _ package: ModelPackage, backend: MatmulBackend, precision: WeightPrecision = .stored
  ) -> Int {
    WeightMemory(store: package.tensors, backend: backend, precision: precision).byteCount(package.plan)
  }
}
