package import QuireEngine

/// What is known of a run before its first step.
package struct RunFacts: Sendable {
  /// The version of the program.
  package var version: String
  /// The model's name: as its file says, else the file's or folder's own.
  package var modelName: String
  /// Opening the files, and packing the weights.
  package var loadTime: Duration
  /// Threads that compute, in all engines together.
  package var threadCount: Int
  /// Engines that answer side by side.
  package var engineCount = 1
  /// What multiplies matrices: `avx512`, `avx2`, `openblas`.
  package var instructionSet: String
  /// What lines without a seed of their own draw from.
  package var seed: Int64
  /// The KV cache of each engine.
  package var kvCachePlan: KVCachePlan
  /// How the engine runs.
  package var configuration: EngineConfiguration

  /// The facts of an engine that has been loaded.
  package init(_ context: ModelContext, version: String, loadTime: Duration, seed: Int64) {
    self.init(
      version: version, modelName: context.modelName, loadTime: loadTime, threadCount: context.threadCount,
      instructionSet: context.configuration.instructionSetName, seed: seed,
      kvCachePlan: context.kvCachePlan, configuration: context.configuration)
    engineCount = context.layout.engineCount
  }

  init(
    version: String, modelName: String, loadTime: Duration, threadCount: Int, instructionSet: String,
    seed: Int64, kvCachePlan: KVCachePlan, configuration: EngineConfiguration
  ) {
    self.version = version
    self.modelName = modelName
    self.loadTime = loadTime
    self.threadCount = threadCount
    self.instructionSet = instructionSet
    self.seed = seed
    self.kvCachePlan = kvCachePlan
    self.configuration = configuration
  }
}
