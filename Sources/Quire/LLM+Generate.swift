import QuireEngine

extension LLM {
  /// Continues each text. Control tokens written in a text are recognised, and BOS is added as the tokenizer says.
  ///
  /// - Parameters:
  ///   - prompts: the texts.
  ///   - params: for all of them; nil is `defaultSamplingParams`.
  /// - Returns: one output a prompt, in their order.
  /// - Throws: `EngineError.request` with the index of a request that cannot be carried out: before anything is
  ///   generated, where the prompt or `params` are at fault; else the others are abandoned. `CancellationError` where
  ///   the task is cancelled, and the requests are abandoned. Use `responses(to:)` where one request may fail alone.
  public func generate(_ prompts: [String], _ params: SamplingParams? = nil) async throws -> [RequestOutput] {
    try await run(prompts.map { Request(.text($0), params: params) })
  }

  /// Continues each text with parameters of its own, as `generate(_:_:)` does with the same for all.
  ///
  /// - Throws: as `generate(_:_:)`, and `EngineError.unequalCounts` where there are not as many parameters as prompts.
  public func generate(_ prompts: [String], _ params: [SamplingParams]) async throws -> [RequestOutput] {
    try await run(requests(prompts.map { .text($0) }, params))
  }

  /// Continues each list of token ids, as `generate(_:_:)` does texts.
  ///
  /// - Throws: as `generate(_:_:)`.
  public func generate(
    promptTokenIDs: [[Int32]], _ params: SamplingParams? = nil
  ) async throws -> [RequestOutput] {
    try await run(promptTokenIDs.map { Request(.tokenIDs($0), params: params) })
  }

  /// Continues each list of token ids with parameters of its own.
  ///
  /// - Throws: as `generate(_:_:)`, and `EngineError.unequalCounts` where there are not as many parameters as prompts.
  public func generate(
    promptTokenIDs: [[Int32]], _ params: [SamplingParams]
  ) async throws -> [RequestOutput] {
    try await run(requests(promptTokenIDs.map { .tokenIDs($0) }, params))
  }

  /// Answers a conversation in the model's chat format. Rounds that do not fit are dropped, oldest first, and the
  /// output's `history` says how many.
  ///
  /// - Parameters:
  ///   - messages: the conversation.
  ///   - params: how to sample; nil is `defaultSamplingParams`.
  ///   - settings: variables of the chat template, tools, and whether the last message is answered or continued.
  /// - Throws: as `generate(_:_:)`; also where the model has no chat template, or its template refuses the messages.
  public func chat(
    _ messages: [ChatMessage], _ params: SamplingParams? = nil, settings: ChatSettings = ChatSettings()
  ) async throws -> RequestOutput {
    try await run([Request(.conversation(messages, settings), params: params)])[0]
  }

  /// The prompt that `chat(_:_:settings:)` makes of a conversation, as text and as token ids.
  ///
  /// - Parameters:
  ///   - messages: the conversation.
  ///   - settings: as for `chat(_:_:settings:)`.
  ///   - maxTokens: tokens that are kept free for the answer, which rounds are dropped for; nil is half the model's
  ///     length.
  /// - Throws: `RequestError` where the model has no chat template, or its template refuses the messages.
  public func render(
    _ messages: [ChatMessage], settings: ChatSettings = ChatSettings(), maxTokens: Int? = nil
  ) throws(RequestError) -> ChatPrompt {
    try preparer.prompt(for: messages, settings, maxTokens: maxTokens)
  }

  /// Answers several conversations; one output each, in their order.
  ///
  /// - Throws: as `chat(_:_:)`.
  public func chat(
    conversations: [[ChatMessage]], _ params: SamplingParams? = nil
  ) async throws -> [RequestOutput] {
    try await run(conversations.map { Request(.conversation($0), params: params) })
  }

  /// Answers requests of any kind, each with a result of its own: one that cannot be carried out fails alone.
  ///
  /// - Returns: one result a request, in their order.
  /// - Throws: `CancellationError` where the task is cancelled, and the requests are abandoned.
  public func responses(
    to requests: [Request]
  ) async throws(CancellationError) -> [Result<RequestOutput, RequestError>] {
    var results = [Result<RequestOutput, RequestError>?](repeating: nil, count: requests.count)
    do {
      for try await response in responses(to: ReadyRequests(requests: requests)) {
        results[response.index] = response.result
      }
    } catch {
      // Neither the source nor the iteration throws anything else.
      throw CancellationError()
    }
    return results.map { $0! }
  }

  private func requests(
    _ prompts: [Prompt], _ params: [SamplingParams]
  ) throws(EngineError) -> [Request] {
    guard prompts.count == params.count else {
      throw .unequalCounts(prompts: prompts.count, params: params.count)
    }
    return zip(prompts, params).map { Request($0, params: $1) }
  }

  /// Runs requests that are all known, and returns their outputs in their order.
  func run(_ requests: [Request]) async throws -> [RequestOutput] {
    var keys = RequestKeys(seed: seed)
    var prepared: [PreparedRequest] = []
    prepared.reserveCapacity(requests.count)
    for (index, request) in requests.enumerated() {
      prepared.append(
        try prepare(request, keys: &keys).mapError { EngineError.request(index: index, $0) }.get())
    }
    return try await run(prepared, ids: requests.map(\.id))
  }

  /// Runs requests that have been prepared, and returns their outputs in their order.
  ///
  /// - Parameter ids: their own ids; nil where none has one.
  func run(_ prepared: [PreparedRequest], ids: [String?]? = nil) async throws -> [RequestOutput] {
    var outputs = [RequestOutput?](repeating: nil, count: prepared.count)
    let responses = EngineStream<Response>(
      channel: driver.outputs { feed in
        for (index, request) in prepared.enumerated() {
          guard await feed.submit(index: index, requestID: ids?[index], .success(request)) else {
            return
          }
        }
      })
    for try await response in responses {
      outputs[response.index] = try response.result.mapError {
        EngineError.request(index: response.index, $0)
      }.get()
    }
    return outputs.map { $0! }
  }
}

/// Requests that are all there.
private struct ReadyRequests: AsyncSequence, Sendable {
  let requests: [LLM.Request]

  func makeAsyncIterator() -> Iterator { Iterator(requests: requests[...]) }

  struct Iterator: AsyncIteratorProtocol {
    var requests: ArraySlice<LLM.Request>
    mutating func next() async -> LLM.Request? { requests.popFirst() }
  }
}
