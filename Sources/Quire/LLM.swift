@_exported public import QuireEngine
@_exported public import enum QuireKernels.MatmulBackend
@_exported public import struct QuireModelFiles.ModelFileError
@_exported public import struct QuireModelFiles.ModelFileWarning
@_exported public import QuireRequests
@_exported public import class QuireTokenizers.Tokenizer
@_exported public import struct QuireTokenizers.TokenizerError

/// A loaded model that answers prompts: the facade of the library.
///
/// All calls share one engine, which runs on a thread of its own and batches whatever is in flight, from however many
/// tasks. An answer never depends on what else is in the batch, but for the last bits of its logits on the OpenBLAS path.
///
/// A request draws by its `seed` alone where it has one. Else it draws by the configuration's `seed` and its `id`, or
/// else its prompt and how many of the same came before it in the call: the same random numbers that `quire run --seed`
/// gives the line with that id; or, without one, the line of plain text that is the prompt's text, or the
/// native line that says `{"prompt_token_ids":[…]}` or `{"messages":[{"role":…,"content":…},…]}` and nothing else,
/// without spaces.
public final class LLM: Sendable {
  /// The model's name: as its file says, else the file's or folder's own.
  public let modelName: String
  /// The tokenizer of the model.
  public let tokenizer: Tokenizer
  /// The longest prompt plus answer, in tokens.
  public let maxModelLen: Int
  /// vLLM's defaults with those of the model's `generation_config.json` over them.
  public let defaultSamplingParams: SamplingParams
  /// What is odd about the model's files, without being an error: tensors and keys that are passed over.
  public let warnings: [ModelFileWarning]
  /// How the KV cache was planned.
  public let kvCachePlan: KVCachePlan

  let preparer: PromptPreparer
  let driver: EngineDriver
  let seed: UInt64

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - model: a `.gguf` file, a directory in Hugging Face layout, or a model id in the local Hugging
  ///     Face or ModelScope cache.
  ///   - configuration: batch sizes, memory, threads, seed.
  /// - Throws: `EngineError` that names the file, the option or the tensor.
  public init(
    model: String, configuration: EngineConfiguration = EngineConfiguration()
  ) async throws(EngineError) {
    let (context, engine) = try await EngineDriver.onThread { () throws(EngineError) in
      let context = try ModelContext.load(model, configuration: configuration)
      return (context, EngineBox(try LLMEngine(context: context)))
    }
    modelName = context.modelName
    tokenizer = context.tokenizer
    maxModelLen = context.kvCachePlan.maxModelLen
    defaultSamplingParams = context.defaultSamplingParams
    warnings = context.warnings
    kvCachePlan = context.kvCachePlan
    preparer = context.preparer
    driver = EngineDriver(engine: engine, maxInFlight: 2 * configuration.maxNumSeqs)
    seed = configuration.seed
  }

  /// What `request` asks of this model, checked, with the next key of `keys`.
  func prepare(_ request: Request, keys: inout RequestKeys) -> Result<PreparedRequest, RequestError> {
    let key = keys.randomKey(for: request.prompt, id: request.id)
    return Result { () throws(RequestError) in
      try preparer.prepare(
        request.prompt, params: request.params ?? defaultSamplingParams, randomKey: key)
    }
  }
}
