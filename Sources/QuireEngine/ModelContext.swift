import Foundation
package import QuireChat
import QuireKernels
package import QuireModelFiles
package import QuireModels
import QuirePlatform
package import QuireRequests
package import QuireTokenizers

/// A model that has been opened and checked, before its weights are read: what requests are prepared with.
package final class ModelContext: Sendable {
  /// The opened files.
  package let package: ModelPackage
  /// How the engine is to run.
  package let configuration: EngineConfiguration
  /// The model's tokenizer.
  package let tokenizer: Tokenizer
  /// What makes prompts of conversations, or why nothing does: an error only for those who chat.
  package let chat: Result<ChatPrompter, ChatError>
  /// Defaults of the sampling parameters from generation_config.json, as far as they are to be used.
  package let generationDefaults: GenerationDefaults
  /// What is odd about the model's files, without being an error.
  package let warnings: [ModelFileWarning]
  /// Engines that answer, and their threads.
  package let layout: EngineLayout
  /// The size and shape of the KV cache of each engine.
  package let kvCachePlan: KVCachePlan
  /// The constraints on answers that requests have asked for.
  package let constraints: AnswerConstraints
  /// What the model makes of texts without answering them.
  package let poolingRules: PoolingRules
  /// The ids that end a raw prompt's answer: the tokenizer's end-of-text id, then generation_config's.
  package let eosTokenIDs: [Int32]

  /// Threads that compute, in all engines together.
  package let threadCount: Int
  /// The model's name: as its file says, else the file's or folder's own.
  package var modelName: String { package.name }
  /// Number of logits in a row; prompt ids lie below it.
  package var vocabularySize: Int { package.shape.vocabularySize }
  /// How many positions a token sees on the layer that sees most; nil where some layer sees all.
  package var attentionWindow: Int? { package.shape.attentionWindow }
  /// The longest prompt plus answer, in tokens.
  package var maxModelLen: Int { kvCachePlan.maxModelLen }

  /// Opens a model and plans its memory.
  ///
  /// - Parameter model: a path, or a model id in a local cache (`ModelLocator`).
  /// - Throws: `EngineError` with the file, key or option at fault.
  package static func load(
    _ model: String, configuration: EngineConfiguration
  ) throws(EngineError) -> ModelContext {
    try configuration.validate()
    var package: ModelPackage
    let defaults: GenerationDefaults
    do throws(ModelFileError) {
      let environment = ProcessInfo.processInfo.environment
      package = try ModelPackage.open(try ModelLocator.resolve(model, environment: environment))
      if let lora = configuration.lora {
        let directory = try ModelLocator.resolve(lora, environment: environment)
        package = try package.adapted(by: try LoRAAdapter(directory: directory))
      }
      defaults =
        switch configuration.generationConfig {
        case .auto: package.generationDefaults
        case .none: GenerationDefaults()
        case .file(let path):
          try GenerationDefaults.read(path, vocabularySize: package.shape.vocabularySize)
        }
    } catch {
      throw .modelFile(error)
    }
    let tokenizer: Tokenizer
    do throws(TokenizerError) {
      tokenizer = try Tokenizer.load(from: package.tokenizerSource, settings: package.tokenizerSettings)
    } catch {
      throw .tokenizer(error)
    }
    return try ModelContext(
      package: package, tokenizer: tokenizer, generationDefaults: defaults, configuration: configuration)
  }

  private init(
    package: ModelPackage, tokenizer: Tokenizer, generationDefaults: GenerationDefaults,
    configuration: EngineConfiguration
  ) throws(EngineError) {
    self.package = package
    self.tokenizer = tokenizer
    constraints = AnswerConstraints(vocabularySize: package.shape.vocabularySize, tokenizer: tokenizer)
    poolingRules = PoolingRules(package, tokenizer)
    self.configuration = configuration
    threadCount = configuration.threads ?? ProcessorCount.usable()
    layout = try EngineLayout(
      engineCount: configuration.engines, threadCount: threadCount, nodeCount: MemoryNodes.usableCount())
    self.generationDefaults = generationDefaults
    warnings =
      package.warnings + generationDefaults.warnings.filter { !package.warnings.contains($0) }
    do throws(ModelFileError) {
      chat = try ChatPrompter.choose(
        configuration.chatTemplate, date: configuration.chatDate, settings: package.tokenizerSettings,
        tokenizer: tokenizer)
    } catch {
      throw .modelFile(error)
    }
    var eos: [Int32] = []
    for id in [tokenizer.eosTokenID].compactMap({ $0 }) + generationDefaults.eosTokenIDs
    where !eos.contains(id) {
      eos.append(id)
    }
    eosTokenIDs = eos
    kvCachePlan = try KVCachePlan(
      configuration: configuration, modelLength: package.shape.maxPositionCount,
      windows: package.shape.windows,
      engineCount: layout.engineCount,
      bytesPerLayer: KVCache.byteCountPerLayer(
        shape: package.shape, blockSize: configuration.blockSize, element: configuration.keyValueElement),
      otherBytes: ModelLoading.weightByteCount(
        package, backend: configuration.matmul, precision: configuration.weightPrecision),
      availableBytes: SystemMemory.availableBytes(), totalBytes: SystemMemory.totalBytes())
  }

  /// Throws `EngineError.option` where the weights, the cache and the largest step could not be mapped now, under the
  /// limits that this process has: it would end in the middle of them.
  func checkMappable() throws(EngineError) {
    let weightBytes = ModelLoading.weightByteCount(
      package, backend: configuration.matmul, precision: configuration.weightPrecision)
    let (cacheBytes, cacheOverflows) = kvCachePlan.byteCount
      .multipliedReportingOverflow(by: layout.engineCount)
    let (sum, sumOverflows) = weightBytes.addingReportingOverflow(cacheBytes)
    let overflows = cacheOverflows || sumOverflows
    // A quarter for what is packed beside its source, for steps, threads and requests.
    let (needed, alsoOverflows) = sum.addingReportingOverflow(sum / 4 + Self.otherMappedBytes)
    guard overflows || alsoOverflows || !SystemMemory.canMap(needed) else { return }
    throw .option(
      OptionError(
        .kvCacheMemory,
        found:
          "weights of \(weightBytes) bytes and a KV cache of \(cacheBytes) cannot be mapped under this "
          + "process's limits (ulimit -v, ulimit -d)",
        remedy: "give a smaller \(option: .kvCacheMemory) than \(cacheBytes), or raise the limits")
    )
  }

  /// Throws `EngineError.option` where the configuration asks for several engines.
  func checkOneEngine() throws(EngineError) {
    guard layout.engineCount > 1 else { return }
    throw .option(
      OptionError(
        .engines,
        found: "\(layout.engineCount) engines are asked for, but only a batch job has several side by side",
        remedy: "give 1"))
  }

  /// Bytes that a run maps beside weights and cache, at least.
  private static let otherMappedBytes = 96 << 20

  /// vLLM's defaults with those of generation_config.json over them.
  package var defaultSamplingParams: SamplingParams {
    SamplingSettings(generationDefaults).applied(to: SamplingParams())
  }

  /// What every request has to respect.
  package var limits: RequestLimits {
    RequestLimits(vocabularySize: vocabularySize, maxModelLen: maxModelLen)
  }

  /// What turns texts, ids and conversations into requests for this model.
  package var preparer: PromptPreparer {
    var preparer = PromptPreparer(
      tokenizer: tokenizer, chat: chat, limits: limits, constraints: constraints, eosTokenIDs: eosTokenIDs)
    preparer.modelHistoryTokenBudget = generationDefaults.maxWindowSize
    preparer.poolingRules = poolingRules
    preparer.tellsThoughtsApart = configuration.reasoningParser == .auto
    return preparer
  }
}
