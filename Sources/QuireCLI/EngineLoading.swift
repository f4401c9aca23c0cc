import QuireEngine
import QuireBatch
import QuireJSON
import QuireModelFiles

/// Opens the model and plans the KV cache, and tells of both.
///
/// Throws ``CommandError``: usage for an option that does not fit the model, else that the model is unusable.
func loadContext(
  model: String, _ configuration: EngineConfiguration, log: Log
) throws(CommandError) -> ModelContext {
  do throws(EngineError) {
    let context = try ModelContext.load(model, configuration: configuration)
    let plan = context.kvCachePlan
    log.info("\(Excerpt.name(context.modelName)): \(plan.summary); \(context.threadCount) threads")
    for warning in context.warnings { log.warning(warning.description) }
    if let warning = plan.warning(in: CommandLineDialect()) { log.warning(warning) }
    return context
  } catch {
    throw CommandError(error)
  }
}

/// Opens the model and packs its weights; `opened` is called between. Throws as ``loadContext(model:_:log:)`` does.
func loadEngine(
  model: String, _ configuration: EngineConfiguration, log: Log, opened: (ModelContext) -> Void = { _ in }
) throws(CommandError) -> LLMEngine {
  let context = try loadContext(model: model, configuration, log: log)
  opened(context)
  return try loadEngine(context)
}

/// Packs the weights of a model that is open. Throws as ``loadContext(model:_:log:)`` does.
func loadEngine(_ context: ModelContext) throws(CommandError) -> LLMEngine {
  do throws(EngineError) {
    return try LLMEngine(context: context)
  } catch {
    throw CommandError(error)
  }
}
