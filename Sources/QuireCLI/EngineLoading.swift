import Quire
import QuireBatch
import QuireModelFiles

/// What a run asks of model and engine.
struct EngineOptions: Sendable {
  /// A `.gguf` file, a directory in Hugging Face layout, or a model id in a local cache.
  let model: String
  /// `auto`, `none` or a path.
  let generationConfig: String
  let configuration: EngineConfiguration
}

/// An engine that is ready to run, and what the job must know of its model.
struct LoadedEngine {
  let engine: LLMEngine
  let model: BatchModel
}

/// Opens the model, plans the KV cache and packs the weights.
///
/// Throws ``CommandError``: usage for an option that does not fit the model, else that the model is unusable.
func loadEngine(_ options: EngineOptions, log: Log) throws(CommandError) -> LoadedEngine {
  do {
    let context = try ModelContext.load(options.model, configuration: options.configuration)
    var model = BatchModel(context)
    if options.generationConfig != "auto", options.generationConfig != "none" {
      let defaults = try GenerationDefaults.read(
        options.generationConfig, vocabularySize: context.vocabularySize)
      model.generationDefaults = SamplingDefaults(defaults)
      model.eosTokenIDs += defaults.eosTokenIDs.filter { !model.eosTokenIDs.contains($0) }
    }
    let plan = context.kvCachePlan
    log.info(
      "\(context.modelName): \(plan.maxModelLen) tokens at most; KV cache of \(plan.tokenCapacity) tokens "
        + "(\(plan.blockCount) blocks, \(plan.byteCount >> 20) MiB); \(context.threadCount) threads")
    return LoadedEngine(engine: try LLMEngine(context: context), model: model)
  } catch let error as EngineError {
    if case .badOption(let message) = error { throw CommandError(.usage, "--" + message) }
    throw CommandError(.unusableModel, error.description)
  } catch {
    throw CommandError(.unusableModel, "\(error)")
  }
}

extension SamplingDefaults {
  init(_ defaults: GenerationDefaults) {
    self.init()
    temperature = defaults.temperature
    topP = defaults.topP
    topK = defaults.topK
    minP = defaults.minP
    repetitionPenalty = defaults.repetitionPenalty
    maxTokens = defaults.maxNewTokens
  }
}

extension BatchModel {
  init(_ context: ModelContext) {
    let chatFormatError: String? =
      if case .failure(let error) = context.chat { error.description } else { nil }
    self.init(
      tokenizer: context.tokenizer, chatFormatter: try? context.chat.get(), chatFormatError: chatFormatError,
      vocabularySize: context.vocabularySize, maxModelLength: context.maxModelLen,
      generationDefaults: SamplingDefaults(context.generationDefaults), eosTokenIDs: context.eosTokenIDs,
      modelName: context.modelName)
  }
}
