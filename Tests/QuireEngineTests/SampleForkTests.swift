import QuireRequests
import Quire
import QuireEngine
import QuireTestSupport
import Testing

@Suite("Samples of one request")
struct SampleForkTests {
  private static let prompts = ["a", "two words", String(repeating: "a longer prompt, ", count: 4)]

  /// Requests for several answers each, one with a seed and one without, of all prompts.
  private static func requests(
    _ preparer: PromptPreparer, _ params: SamplingParams
  ) throws -> [NumberedRequest] {
    try (0..<6).map { index in
      var params = params
      params.seed = index < 3 ? 1000 * Int64(index) + 17 : nil
      return try preparer.numbered(
        id: UInt64(index), .text(prompts[index % 3]), params, key: UInt64(index) &* 977 + 5)
    }
  }

  private static let params = SamplingParams(n: 4, temperature: 0.9, topP: 0.95, maxTokens: 14)

  @Test("n answers with a seed are those of n lone requests with the seeds that follow")
  func seeds() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    let together = try EngineRun(context, Self.requests(context.preparer, Self.params))
    for request in try Self.requests(context.preparer, Self.params).prefix(3) {
      let lone = try (0..<4).map { sample in
        let params = request.params.with {
          $0.n = 1
          $0.seed = request.params.seed! + Int64(sample)
        }
        return try context.preparer.numbered(id: UInt64(sample), .tokenIDs(request.promptTokenIDs), params)
      }
      let alone = try EngineRun(context, lone)
      let answers = try #require(together.outputs[request.id]?.outputs)
      #expect(answers.map(\.index) == [0, 1, 2, 3])
      for (sample, answer) in answers.enumerated() {
        let expected = alone.outputs[UInt64(sample)]!.outputs[0]
        #expect(answer.tokenIDs == expected.tokenIDs && answer.text == expected.text)
        #expect(answer.finishReason == expected.finishReason && answer.cumulativeLogprob == nil)
      }
      #expect(Set(answers.map(\.tokenIDs)).count > 1)
    }
  }

  @Test("answers do not depend on neighbours, max_num_seqs, chunks, preemption or threads")
  func batching() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    let blockBytes = context.kvCachePlan.bytesPerBlock / 16
    var params = Self.params
    params.logprobs = 1
    let requests = try Self.requests(context.preparer, params)
    var expected: [UInt64: RequestOutput] = [:]
    for request in requests {
      expected.merge(try EngineRun(context, [request]).outputs) { first, _ in first }
    }
    for (configuration, preempts) in [
      (EngineConfiguration(threads: 1), false), (EngineConfiguration(maxNumSeqs: 2), false),
      (EngineConfiguration(maxNumSeqs: 1, blockSize: 4), false),
      (EngineConfiguration(maxNumSeqs: 7, maxNumBatchedTokens: 5, blockSize: 8, threads: 2), false),
      (EngineConfiguration(blockSize: 4, kvCacheMemory: 25 * 4 * blockBytes), true),
      (EngineConfiguration(maxNumSeqs: 3, blockSize: 2, kvCacheMemory: 44 * 2 * blockBytes), true),
    ] {
      let run = try EngineRun(ModelContext.load(model.path, configuration: configuration), requests)
      #expect(run.outputs == expected, "\(configuration)")
      #expect(run.statistics.preemptionCount > 0 || !preempts, "\(configuration)")
    }
  }

  @Test(
    "the prompt of n answers is computed once, also where they run after each other", arguments: [256, 2])
  func sharedPrompt(maxNumSeqs: Int) throws {
    let model = try TinyModel()
    let context = try ModelContext.load(
      model.path, configuration: EngineConfiguration(maxNumSeqs: maxNumSeqs, speculation: .off))
    let params = SamplingParams(n: 8, seed: 3, ignoreEOS: true, maxTokens: 10)
    let request = try context.preparer.numbered(.text(Self.prompts[2]), params)
    let run = try EngineRun(context, [request])
    #expect(run.statistics.promptTokenCount == request.promptTokenIDs.count)
    // The first token of each needs no step, the last one is not computed.
    #expect(run.statistics.computedTokenCount == request.promptTokenIDs.count + 8 * 9)
    #expect(run.statistics.outputTokenCount == 80)
    #expect(run.statistics.stepCount == 1 + (maxNumSeqs == 2 ? 4 * 9 : 9))
  }

  @Test("best_of returns the n most likely answers, the most likely first")
  func bestOf() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    var params = SamplingParams(n: 6, temperature: 1, seed: 11, maxTokens: 12, logprobs: 0)
    func answers(_ params: SamplingParams) throws -> [CompletionOutput] {
      let request = try context.preparer.numbered(.text("best"), params)
      return try EngineRun(context, [request]).outputs[0]!.outputs
    }
    let all = try answers(params).sorted { $0.cumulativeLogprob! > $1.cumulativeLogprob! }
    (params.n, params.bestOf, params.logprobs) = (2, 6, nil)
    let best = try answers(params)
    #expect(best.map(\.index) == [0, 1])
    #expect(best.map(\.tokenIDs) == all.prefix(2).map(\.tokenIDs))
    #expect(best.map(\.cumulativeLogprob) == all.prefix(2).map(\.cumulativeLogprob))
    #expect(best.allSatisfy { $0.logprobs == nil })
  }

  @Test("a request is abandoned with all its answers, and its neighbours go on")
  func abort() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration(maxNumSeqs: 3))
    let requests = try Self.requests(context.preparer, Self.params)
    let expected = try EngineRun(context, requests).outputs
    let engine = try LLMEngine(context: context)
    for request in requests { try engine.add(request) }
    var outputs: [UInt64: RequestOutput] = [:]
    for step in 0... {
      if step == 3 { engine.abort(requestID: 0) }
      if step == 5 { engine.abort(requestID: 4) }
      for request in engine.step() { outputs[request.id] = try request.result.get() }
      if engine.unfinishedRequestCount == 0 { break }
    }
    #expect(outputs == expected.filter { ![0, 4].contains($0.key) })
  }

  @Test("a sample that cannot be drawn ends its request with an error, and no other")
  func failure() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration(maxNumSeqs: 4))
    var requests = try Self.requests(context.preparer, Self.params)
    let expected = try EngineRun(context, requests).outputs
    // The only token that is allowed ends the text, which it may not yet.
    let dead = Self.params.with {
      $0.allowedTokenIDs = [TinyModel.endOfTurn]
      $0.minTokens = 2
    }
    let deadBeams = SamplingParams(
      n: 2, temperature: 0, maxTokens: 5, minTokens: 2, allowedTokenIDs: [TinyModel.endOfTurn],
      useBeamSearch: true)
    for (id, params) in [(1, dead), (4, deadBeams)] {
      requests[id] = try context.preparer.numbered(
        id: UInt64(id), .tokenIDs(requests[id].promptTokenIDs), params)
    }
    let run = try EngineRun(context, requests)
    #expect(run.outputs == expected.filter { ![1, 4].contains($0.key) })
    #expect(Set(run.errors.keys) == [1, 4])
    for error in run.errors.values {
      #expect(error.code == .generationFailed && error.description.contains("exclude every token"))
    }
  }

  @Test("the facade streams requests for several answers, and refuses greedy ones")
  func facade() async throws {
    let model = try TinyModel()
    let llm = try await LLM(model: model.path, configuration: EngineConfiguration(maxNumSeqs: 3))
    let params = SamplingParams(n: 5, ignoreEOS: true, maxTokens: 6)
    let requests = AsyncStream<LLM.Request> { continuation in
      for _ in 0..<12 { continuation.yield(LLM.Request(.text("same"), params: params)) }
      continuation.finish()
    }
    var answers: Set<[Int32]> = []
    for try await response in llm.responses(to: requests) {
      let output = try response.result.get()
      #expect(output.outputs.map(\.index) == [0, 1, 2, 3, 4])
      answers.formUnion(output.outputs.map(\.tokenIDs))
    }
    // Equal prompts, but each answer has a stream of its own.
    #expect(answers.count == 60)
    await #expect {
      _ = try await llm.generate(["x"], SamplingParams(n: 2, temperature: 0))
    } throws: {
      "\($0)".contains("n is 2, but must be 1 when temperature is 0")
    }
    withExtendedLifetime(model) {}
  }
}
