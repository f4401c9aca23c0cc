import QuireModels
import QuirePlatform
import QuireRequests

/// A model with its weights in memory, once for all engines that compute with it.
final class LoadedModel: Sendable {
  /// The model's tokenizer, lengths and defaults.
  let context: ModelContext
  /// The packed weights.
  let weights: any CausalLanguageModel
  /// The threads that packed them.
  let team: ThreadTeam

  /// Packs the weights.
  ///
  /// Throws `EngineError.modelFile` that names the missing, misshapen or damaged tensor, and `EngineError.option` where
  /// the process's limits leave too little address space.
  init(context: ModelContext) throws(EngineError) {
    try context.checkMappable()
    self.context = context
    team = ThreadTeam(threadCount: context.threadCount)
    do {
      weights = try ModelLoading.load(
        context.package, backend: context.configuration.matmul,
        precision: context.configuration.weightPrecision, lengthLimit: context.maxModelLen, team: team)
    } catch {
      throw .modelFile(error)
    }
  }
}
