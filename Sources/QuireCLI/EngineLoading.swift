import QuireEngine
import QuireBatch
import QuireJSON
import QuireModelFiles
import QuirePlatform

/// Opens the model and plans the KV cache, and tells of both.
///
/// Throws ``CommandError``: usage for an option that does not fit the model, else that the model is unusable.
func loadContext(
  model: String, _ configuration: EngineConfiguration, log: Log
) throws(CommandError) -> ModelContext {
  do throws(EngineError) {
    let context = try ModelContext.load(model, configuration: configuration)
    let plan = context.kvCachePlan
    let engineCount = context.layout.engineCount
    let engines = engineCount > 1 ? " in \(engineCount) engines, each with such a cache" : ""
    log.info(
      "\(Excerpt.name(context.modelName)): \(plan.summary); \(context.threadCount) threads\(engines)")
    let usableCount = ProcessorCount.usable()
    if context.threadCount > usableCount {
      log.warning(
        "--threads is \(context.threadCount), but this process is granted \(usableCount) of the machine's "
          + "\(ProcessorCount.online()) processors (by its affinity mask and its control group's quota): threads "
          + "that wait for a processor hold up the others")
    }
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

/// Packs the weights of a model that is open, for the engine of a job, or its engines. Throws as
/// ``loadContext(model:_:log:)`` does.
func loadBatchEngine(_ context: ModelContext) throws(CommandError) -> any BatchEngine {
  do throws(EngineError) {
    return try context.makeBatchEngine()
  } catch {
    throw CommandError(error)
  }
}
