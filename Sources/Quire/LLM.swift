@_exported public import QuireChat
@_exported public import QuireEngine
@_exported public import enum QuireKernels.MatmulBackend
@_exported public import struct QuireModelFiles.ModelFileError
@_exported public import QuireRequests
@_exported public import QuireTokenizers

/// A loaded model that answers prompts: the facade of the library.
///
/// All calls share one engine, which runs on a thread of its own and batches whatever is in flight, from
/// however many tasks. An answer never depends on what else is in the batch, but for the last bits of its
/// logits on the OpenBLAS path.
public final class LLM: Sendable {
  /// The model's name: as its file says, else the file's or folder's own.
  public let modelName: String
  /// The tokenizer of the model.
  public let tokenizer: Tokenizer
  /// The longest prompt plus answer, in tokens.
  public let maxModelLen: Int
  /// vLLM's defaults with those of the model's `generation_config.json` over them.
  public let defaultSamplingParams: SamplingParams
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
  public init(model: String, configuration: EngineConfiguration = EngineConfiguration()) async throws {
    let (context, engine) = try await EngineDriver.onThread {
      let context = try ModelContext.load(model, configuration: configuration)
      return (context, EngineBox(try LLMEngine(context: context)))
    }
    modelName = context.modelName
    tokenizer = context.tokenizer
    maxModelLen = context.kvCachePlan.maxModelLen
    defaultSamplingParams = context.defaultSamplingParams
    kvCachePlan = context.kvCachePlan
    preparer = context.preparer
    driver = EngineDriver(engine: engine, maxInFlight: 2 * configuration.maxNumSeqs)
    seed = configuration.seed
  }

  /// Continues each text. Control tokens written in a text are recognised, and BOS is added as the
  /// tokenizer says.
  ///
  /// - Parameters:
  ///   - prompts: the texts.
  ///   - params: for all of them; nil is `defaultSamplingParams`.
  /// - Returns: one output a prompt, in their order.
  /// - Throws: `EngineError.request` with the index of a request that cannot be carried out; the others are abandoned.
  ///   `CancellationError` where the task is cancelled, and the requests are abandoned.
  public func generate(_ prompts: [String], _ params: SamplingParams? = nil) async throws -> [RequestOutput] {
    try await run(prompts.map { Request(.text($0), params: params) })
  }

  /// Continues each list of token ids, as `generate(_:_:)` does texts.
  ///
  /// - Throws: as `generate(_:_:)`.
  public func generate(
    promptTokenIDs: [[Int32]], _ params: SamplingParams? = nil
  ) async throws -> [RequestOutput] {
    try await run(promptTokenIDs.map { Request(.tokenIDs($0), params: params) })
  }

  /// Answers a conversation in the model's chat format. Rounds that do not fit are dropped, oldest first.
  ///
  /// - Throws: `EngineError` where the model has no known chat format, or the messages are out of order.
  public func chat(
    _ messages: [ChatMessage], _ params: SamplingParams? = nil
  ) async throws -> RequestOutput {
    try await run([Request(.conversation(messages), params: params)])[0]
  }

  /// Answers several conversations; one output each, in their order.
  ///
  /// - Throws: `EngineError.request` with the index of the first conversation that cannot be answered; then nothing is
  ///   generated.
  public func chat(
    _ conversations: [[ChatMessage]], _ params: SamplingParams? = nil
  ) async throws -> [RequestOutput] {
    try await run(conversations.map { Request(.conversation($0), params: params) })
  }

  /// Runs requests that are all known, and returns their outputs in their order.
  private func run(_ requests: [Request]) async throws -> [RequestOutput] {
    var keys = RequestKeys(seed: seed)
    var prepared: [GenerationRequest] = []
    prepared.reserveCapacity(requests.count)
    for (index, request) in requests.enumerated() {
      do {
        prepared.append(try prepare(request, index: index, keys: &keys))
      } catch {
        throw EngineError.request(index: index, error)
      }
    }
    var outputs = [RequestOutput?](repeating: nil, count: prepared.count)
    let stream = OutputStream(
      channel: driver.outputs { [prepared] submit in
        for request in prepared { guard await submit(.success(request)) else { return } }
      })
    for try await output in stream {
      if let error = output.error {
        throw EngineError.request(index: Int(output.requestID), error)
      }
      outputs[Int(output.requestID)] = output
    }
    return outputs.map { $0! }
  }

  /// A request of the call's own numbering, with its random stream.
  func prepare(
    _ request: Request, index: Int, keys: inout RequestKeys
  ) throws(RequestError) -> GenerationRequest {
    let params = request.params ?? defaultSamplingParams
    var prepared = try preparer.prepare(request.prompt, params: params).request
    prepared.id = UInt64(index)
    prepared.randomKey = keys.key(for: prepared, id: request.id)
    return prepared
  }
}
