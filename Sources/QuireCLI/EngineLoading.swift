import QuireEngine
import QuireBatch
import QuireJSON
import QuireModelFiles

/// Opens the model, plans the KV cache and packs the weights.
///
/// Throws ``CommandError``: usage for an option that does not fit the model, else that the model is unusable.
func loadEngine(
  model: String, _ configuration: EngineConfiguration, log: Log
) throws(CommandError) -> LLMEngine {
  do throws(EngineError) {
    let context = try ModelContext.load(model, configuration: configuration)
    let plan = context.kvCachePlan
    log.info("\(Excerpt.name(context.modelName)): \(plan.summary); \(context.threadCount) threads")
    for warning in context.warnings { log.warning(warning.description) }
    if let warning = plan.warning(in: CommandLineDialect()) { log.warning(warning) }
    return try LLMEngine(context: context)
  } catch {
    throw CommandError(error)
  }
}
