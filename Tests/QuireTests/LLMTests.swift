import QuireTestSupport
import Quire
import Testing

@Suite("LLM")
struct LLMTests {
  private func llm(
    _ configuration: EngineConfiguration = EngineConfiguration()
  ) async throws -> (TinyModel, LLM) {
    let model = try TinyModel()
    return (model, try await LLM(model: model.path, configuration: configuration))
  }

  @Test("outputs come back in the order of the prompts, each of its own length")
  func order() async throws {
    let (model, llm) = try await llm()
    let prompts = (0..<20).map { String(repeating: "p", count: 1 + $0 * 3) }
    let outputs = try await llm.generate(
      prompts, SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 5))
    #expect(outputs.map(\.promptTokenIDs.count) == prompts.map(\.utf8.count))
    #expect(outputs.allSatisfy { $0.outputs[0].tokenIDs.count == 5 && $0.outputs[0].finishReason == .length })
    withExtendedLifetime(model) {}
  }

  @Test("without params, the model's generation_config gives the defaults")
  func defaults() async throws {
    let (model, llm) = try await llm()
    #expect(llm.defaultSamplingParams.temperature == 0.5)
    #expect(llm.defaultSamplingParams.topK == 20)
    let (other, plain) = try await self.llm(EngineConfiguration(generationConfig: .none))
    #expect(plain.defaultSamplingParams.temperature == 1)
    withExtendedLifetime((model, other)) {}
  }

  @Test("equal prompts without a seed get different answers, the same ones every time")
  func randomStreams() async throws {
    let (model, llm) = try await llm()
    let params = SamplingParams(temperature: 1, ignoreEOS: true, maxTokens: 20)
    let first = try await llm.generate(["same", "same", "same"], params).map(\.outputs[0].tokenIDs)
    let again = try await llm.generate(["same", "same", "same"], params).map(\.outputs[0].tokenIDs)
    #expect(Set(first).count == 3)
    #expect(first == again)
    withExtendedLifetime(model) {}
  }

  @Test("a seed of its own gives the same answer wherever the request stands")
  func ownSeed() async throws {
    let (model, llm) = try await llm()
    let seeded = SamplingParams(temperature: 1, seed: 42, ignoreEOS: true, maxTokens: 20)
    let both = try await llm.generate(["same", "same"], seeded).map(\.outputs[0].tokenIDs)
    let alone = try await llm.generate(["same"], seeded).map(\.outputs[0].tokenIDs)
    #expect(both == [alone[0], alone[0]])
    withExtendedLifetime(model) {}
  }

  @Test("a request that cannot be carried out names its place and its value, and nothing runs")
  func refusals() async throws {
    let (model, llm) = try await llm()
    let long = String(repeating: "x", count: TinyModel.context)
    await #expect {
      _ = try await llm.generate(["ok", long])
    } throws: { error in
      guard case EngineError.request(index: 1, let refusal) = error else { return false }
      return refusal.code == .contextLengthExceeded && refusal.place == .prompt
        && "\(error)".contains("request 1") && "\(error)".contains("128")
    }
    await #expect {
      _ = try await llm.generate(["ok"], SamplingParams(temperature: 3))
    } throws: {
      "\($0)".contains("temperature") && "\($0)".contains("3")
    }
    await #expect {
      _ = try await llm.generate(promptTokenIDs: [[1, 259]])
    } throws: {
      "\($0)".contains("259")
    }
    await #expect {
      _ = try await llm.generate(["ok"], SamplingParams(n: 2, temperature: 0))
    } throws: {
      "\($0)".contains("n ")
    }
    withExtendedLifetime(model) {}
  }

  @Test("a text that no encoding could fit is refused by its bytes")
  func hugeText() async throws {
    let (model, llm) = try await llm()
    await #expect {
      _ = try await llm.generate([String(repeating: "x", count: 2_000_000)])
    } throws: {
      "\($0)".contains("2000000 bytes")
    }
    withExtendedLifetime(model) {}
  }

  @Test("a chat is formatted with the model's template and stops at the end of a turn")
  func chat() async throws {
    let (model, llm) = try await llm()
    let output = try await llm.chat(
      [.system("s"), .user("<|im_end|>")], SamplingParams(temperature: 0, maxTokens: 3))
    let text = "system\ns".utf8.map { Int32($0) }
    #expect(output.promptTokenIDs.starts(with: [257] + text + [258]))
    // A control token that a user writes stays ordinary text.
    #expect(output.promptTokenIDs.filter { $0 == TinyModel.endOfTurn }.count == 2)
    withExtendedLifetime(model) {}
  }

  @Test("a stream of requests yields each response once, errors among them, and may be left early")
  func responsesToStream() async throws {
    let (model, llm) = try await llm(EngineConfiguration(maxNumSeqs: 3))
    let params = SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 4)
    let requests = AsyncStream<LLM.Request> { continuation in
      for index in 0..<50 {
        let length = index == 20 ? TinyModel.context + 1 : 1 + index % 7
        continuation.yield(LLM.Request(.text(String(repeating: "y", count: length)), params: params))
      }
      continuation.finish()
    }
    var seen: [Int] = []
    for try await response in llm.responses(to: requests) {
      seen.append(response.index)
      switch response.result {
      case .success(let output): #expect(response.index != 20 && output.outputs[0].tokenIDs.count == 4)
      case .failure(let error): #expect(response.index == 20 && error.code == .contextLengthExceeded)
      }
    }
    #expect(seen.sorted() == Array(0..<50))

    let endless = AsyncStream<LLM.Request>(unfolding: { () async -> LLM.Request? in
      LLM.Request(.text("z"), params: params)
    })
    var count = 0
    for try await _ in llm.responses(to: endless) {
      count += 1
      if count == 10 { break }
    }
    // The engine is free again for others.
    let after = try await llm.generate(["a"], params)
    #expect(after[0].outputs[0].tokenIDs.count == 4)
    withExtendedLifetime(model) {}
  }

  @Test("a stream that is left early cancels its source, which may be silent", .timeLimit(.minutes(5)))
  func sourceOfAbandonedStream() async throws {
    let (model, llm) = try await llm(EngineConfiguration(maxNumSeqs: 2))
    let (requests, source) = AsyncStream<LLM.Request>.makeStream()
    let (ends, ended) = AsyncStream<Void>.makeStream()
    source.onTermination = { _ in ended.finish() }
    source.yield(LLM.Request(.text("z"), params: SamplingParams(temperature: 0, maxTokens: 2)))
    for try await _ in llm.responses(to: requests) { break }
    for await _ in ends {}
    withExtendedLifetime((model, source)) {}
  }

  @Test(
    "a source that ignores cancellation is drawn from no more once its stream is left",
    .timeLimit(.minutes(5)))
  func endlessSource() async throws {
    // Ends when the iteration over the source lets go of it.
    final class Token: Sendable {
      let ended: AsyncStream<Void>.Continuation
      init(_ ended: AsyncStream<Void>.Continuation) { self.ended = ended }
      deinit { ended.finish() }
    }
    struct Endless: AsyncSequence, AsyncIteratorProtocol, Sendable {
      let token: Token
      func makeAsyncIterator() -> Endless { self }
      func next() async -> LLM.Request? {
        LLM.Request(.text("z"), params: SamplingParams(temperature: 0, maxTokens: 1))
      }
    }
    let (model, llm) = try await llm(EngineConfiguration(maxNumSeqs: 2))
    let (ends, ended) = AsyncStream<Void>.makeStream()
    func leaveEarly(_ token: Token) async throws {
      for try await _ in llm.responses(to: Endless(token: token)) { break }
    }
    try await leaveEarly(Token(ended))
    for await _ in ends {}
    withExtendedLifetime(model) {}
  }

  @Test("a stream that nobody iterates cancels its source", .timeLimit(.minutes(5)))
  func abandonedStream() async throws {
    let (model, llm) = try await llm()
    let (ends, ended) = AsyncStream<Void>.makeStream()
    let (requests, source) = AsyncStream<LLM.Request>.makeStream()
    source.onTermination = { _ in ended.finish() }
    _ = llm.responses(to: requests)
    for await _ in ends {}
    withExtendedLifetime((model, source)) {}
  }

  @Test("a stream allows one iteration; a second one, at the same time or later, throws")
  func oneIteration() async throws {
    let (model, llm) = try await llm()
    let requests = AsyncStream<LLM.Request> { source in
      for _ in 0..<5 { source.yield(LLM.Request(.text("z"), params: SamplingParams(maxTokens: 2))) }
      source.finish()
    }
    let stream = llm.responses(to: requests)
    var first = stream.makeAsyncIterator()
    var second = stream.makeAsyncIterator()
    await #expect(throws: SecondIterationError.self) { _ = try await second.next() }
    for _ in 0..<5 { #expect(try await first.next() != nil) }
    #expect(try await first.next() == nil)
    await #expect(throws: SecondIterationError.self) { for try await _ in stream {} }
    withExtendedLifetime(model) {}
  }

  @Test("a cancelled call throws CancellationError, and what it asked for is abandoned")
  func cancelledCall() async throws {
    let (model, llm) = try await llm()
    let params = SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 4)
    let call = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await llm.generate(["a", "b"], params)
    }
    call.cancel()
    await #expect(throws: CancellationError.self) { _ = try await call.value }
    #expect(try await llm.generate(["a"], params)[0].outputs[0].tokenIDs.count == 4)
    withExtendedLifetime(model) {}
  }

  @Test("the types of the facade's own properties and errors come with the import of Quire alone")
  func exportedTypes() async throws {
    let (model, llm) = try await llm(EngineConfiguration(matmul: MatmulBackend.automatic))
    let tokenizer: Tokenizer = llm.tokenizer
    #expect(tokenizer.decode(tokenizer.encode("text", recognizeSpecialTokens: false)) == "text")
    await #expect {
      _ = try await LLM(model: "/nowhere")
    } throws: { error in
      guard case EngineError.modelFile(let file) = error else { return false }
      return (file as ModelFileError).path == "/nowhere"
    }
    withExtendedLifetime(model) {}
  }

  @Test("many tasks share one engine")
  func concurrency() async throws {
    let (model, llm) = try await llm(EngineConfiguration(maxNumSeqs: 8))
    let params = SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 6)
    let alone = try await llm.generate(["prompt"], params)[0].outputs[0].tokenIDs
    try await withThrowingTaskGroup(of: [Int32].self) { group in
      for _ in 0..<20 {
        group.addTask { try await llm.generate(["prompt"], params)[0].outputs[0].tokenIDs }
      }
      for try await ids in group { #expect(ids == alone) }
    }
    withExtendedLifetime(model) {}
  }

  @Test(
    "an option that does not fit is refused by name before the weights are read",
    arguments: [
      (EngineConfiguration(maxNumSeqs: 0), "maxNumSeqs"),
      (EngineConfiguration(maxNumBatchedTokens: 0), "maxNumBatchedTokens"),
      (EngineConfiguration(blockSize: 0), "blockSize"),
      (EngineConfiguration(kvCacheMemory: 100), "kvCacheMemory"),
      (EngineConfiguration(maxModelLen: 4096), "maxModelLen"),
      (EngineConfiguration(threads: 0), "threads"),
    ])
  func options(_ configuration: EngineConfiguration, _ name: String) async throws {
    let model = try TinyModel()
    await #expect {
      _ = try await LLM(model: model.path, configuration: configuration)
    } throws: {
      "\($0)".contains(name)
    }
  }
}
