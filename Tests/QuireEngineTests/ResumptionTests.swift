import QuireEngine
import QuireRequests
import QuireSampling
import QuireTestSupport
import Testing

/// Every kind of request, stopped after any step and gone on with in another engine, is answered to the bit as if nothing
/// had happened.
@Suite("Requests that go on in another engine")
struct ResumptionTests {
  /// Requests of each kind, with prompts of several lengths.
  static func requests(_ preparer: PromptPreparer) throws -> [NumberedRequest] {
    let drawn = SamplingParams(temperature: 0.9, maxTokens: 13)
    let greedy = SamplingParams(temperature: 0, maxTokens: 12)
    let search = SamplingParams(n: 2, bestOf: 4, temperature: 0, maxTokens: 9, useBeamSearch: true)
    let person = SamplingParams(
      temperature: 1.1, maxTokens: 40, structuredOutputs: .jsonSchema(StructuredOutputTests.person))
    let kinds: [SamplingParams] = [
      greedy, drawn, drawn.with { $0.seed = 7 }, drawn.with { ($0.topK, $0.topP, $0.minP) = (9, 0.8, 0.01) },
      drawn.with { $0.n = 3 }, drawn.with { ($0.n, $0.seed, $0.logprobs) = (4, 5, 2) },
      drawn.with { ($0.n, $0.bestOf) = (2, 4) }, drawn.with { ($0.bestOf, $0.logprobs) = (3, 0) },
      drawn.with { ($0.logprobs, $0.promptLogprobs) = (-1, 2) },
      drawn.with { ($0.n, $0.promptLogprobs) = (3, 0) },
      drawn.with { ($0.presencePenalty, $0.frequencyPenalty, $0.repetitionPenalty) = (0.7, 0.9, 1.2) },
      drawn.with { ($0.stop, $0.n) = (["e", "xy", "\u{FFFD}\u{FFFD}"], 4) },
      drawn.with { ($0.stop, $0.minTokens, $0.includeStopStringInOutput) = (["a", "o"], 6, true) },
      drawn.with { ($0.stopTokenIDs, $0.minTokens, $0.n) = (Array(60..<100), 3, 3) },
      greedy.with { ($0.badWords, $0.logitBias) = (["ab", "c"], [97: 3, 98: 2.5]) },
      drawn.with { ($0.allowedTokenIDs, $0.badWords) = (Array(97..<110), ["abc", "fgh", "i"]) },
      greedy.with { ($0.detokenize, $0.ignoreEOS) = (false, true) },
      person, person.with { ($0.n, $0.logprobs) = (3, 1) },
      drawn.with { ($0.structuredOutputs, $0.n) = (.regex("[a-f]{2,5}-[0-9]+"), 2) },
      drawn.with { ($0.structuredOutputs, $0.ignoreEOS) = (.choice(["yes", "yesterday", "né"]), true) },
      search, search.with { ($0.logprobs, $0.promptLogprobs) = (2, 1) },
      search.with { ($0.lengthPenalty, $0.earlyStopping, $0.stop) = (0, .never, ["e", "th"]) },
      search.with { ($0.earlyStopping, $0.stopTokenIDs) = (.whenEnoughFinished, Array(60..<90)) },
      search.with { ($0.structuredOutputs, $0.logprobs) = (.choice(["one", "two", "three", "tree"]), 0) },
      search.with { ($0.repetitionPenalty, $0.minTokens, $0.badWords) = (1.3, 5, ["ab"]) },
    ]
    return try kinds.enumerated().map { index, params in
      let text = String(repeating: "some text ", count: 1 + index % 5) + "\(index % 3)"
      return try preparer.numbered(id: UInt64(index), .text(text), params, key: UInt64(index) &* 977)
    }
  }

  /// What the requests are answered without a stop, and how many tokens are drawn for it.
  private static func whole(
    _ context: ModelContext, _ requests: [NumberedRequest]
  ) throws -> (outputs: [UInt64: RequestOutput], tokenCount: Int) {
    let run = try EngineRun(context, requests)
    #expect(run.outputs.count == requests.count)
    return (run.outputs, run.statistics.outputTokenCount)
  }

  private static func configurations(_ context: ModelContext) -> [(EngineConfiguration, preempts: Bool)] {
    let positionBytes = context.kvCachePlan.bytesPerBlock / 16
    return [
      (EngineConfiguration(), false),
      (EngineConfiguration(maxNumSeqs: 7, maxNumBatchedTokens: 11, blockSize: 4, threads: 1), false),
      (EngineConfiguration(blockSize: 4, enablePrefixCaching: false), false),
      (EngineConfiguration(blockSize: 4, kvCacheMemory: 50 * 4 * positionBytes), true),
      (
        EngineConfiguration(
          maxNumSeqs: 9, maxNumBatchedTokens: 64, blockSize: 2, kvCacheMemory: 90 * 2 * positionBytes,
          enableChunkedPrefill: false), true
      ),
    ]
  }

  @Test(
    "after any step, with any chunks, blocks and preemptions, and no token is drawn twice",
    arguments: TinyModel.Weights.allCases)
  func anyStep(weights: TinyModel.Weights) throws {
    let model = try TinyModel(weights: weights)
    // A step a token, whatever steps cost; the engines that it goes on in draft as they like.
    let context = try ModelContext.load(
      model.path, configuration: EngineConfiguration(speculation: .off))
    let requests = try Self.requests(context.preparer)
    let expected = try Self.whole(context, requests)
    let configurations = try Self.configurations(context).map {
      (try ModelContext.load(model.path, configuration: $0.0), $0.preempts)
    }
    var preemptionCounts = [Int](repeating: 0, count: configurations.count)
    var stepCount = 1
    while true {
      var run = StoppedRun(requests)
      try run.go(on: context, stepCount: stepCount)
      if run.isOver { break }
      let place = stepCount % configurations.count
      try run.go(on: configurations[place].0)
      preemptionCounts[place] += run.preemptionCount
      let differing = requests.map(\.id).filter { run.outputs[$0] != expected.outputs[$0] }
      #expect(differing.isEmpty, "stopped after step \(stepCount), on engine \(place)")
      #expect(run.restartedRequestIDs.isEmpty && run.resumedTokenCount > 0)
      #expect(run.drawnTokenCount == expected.tokenCount, "stopped after step \(stepCount)")
      stepCount += weights == .float32 ? 1 : 7
    }
    #expect(stepCount > 20)
    for (count, configuration) in zip(preemptionCounts, configurations) where weights == .float32 {
      #expect((count > 0) == configuration.1)
    }
  }

  @Test("again and again, every few steps, in engines of other sizes", arguments: [1, 2, 5])
  func everyFewSteps(stepCount: Int) throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    let requests = try Self.requests(context.preparer)
    let expected = try Self.whole(context, requests)
    let configurations = try Self.configurations(context).map {
      try ModelContext.load(model.path, configuration: $0.0)
    }
    var run = StoppedRun(requests)
    var engineCount = 0
    while !run.isOver {
      // With the small chunks of the second a prompt may take more steps than there are.
      try run.go(on: configurations[engineCount % 3 == 1 ? 2 : 3], stepCount: stepCount + engineCount / 20)
      engineCount += 1
      try #require(engineCount < 200)
    }
    let differing = requests.map(\.id).filter { run.outputs[$0] != expected.outputs[$0] }
    #expect(differing.isEmpty && engineCount > 4)
    #expect(run.drawnTokenCount == expected.tokenCount && run.restartedRequestIDs.isEmpty)
  }

  @Test(
    "also in models with windows, or whose rotation depends on the lengths of prompt and text",
    arguments: ["mistral-sliding-window", "gemma3", "llama-rope-dynamic", "qwen"])
  func otherModels(name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name, hasTokenizer: true)
    let context = try ModelContext.load(checkpoint.path, configuration: EngineConfiguration())
    let small = try ModelContext.load(
      checkpoint.path, configuration: EngineConfiguration(maxNumBatchedTokens: 7, blockSize: 2))
    let requests = try [9, 22, 25, 30, 41].enumerated().map { index, length in
      let params = SamplingParams(
        n: [1, 3][index % 2], temperature: [0, 0.8][index % 2], ignoreEOS: true, maxTokens: 12 + index,
        logprobs: 1, detokenize: false
      ).with {
        if index == 2 { ($0.useBeamSearch, $0.n) = (true, 3) }
      }
      let prompt = (0..<length).map { Int32(($0 * 29 + index) % 160) }
      return try context.preparer.numbered(
        id: UInt64(index), .tokenIDs(prompt), params, key: UInt64(index))
    }
    let expected = try Self.whole(context, requests)
    for stepCount in stride(from: 1, through: 15, by: 3) {
      var run = StoppedRun(requests)
      try run.go(on: context, stepCount: stepCount)
      try run.go(on: small, stepCount: 30)
      try run.go(on: context)
      #expect(run.outputs == expected.outputs, "stopped after step \(stepCount)")
      #expect(run.drawnTokenCount == expected.tokenCount && run.restartedRequestIDs.isEmpty)
    }
    withExtendedLifetime(checkpoint) {}
  }

  @Test("thoughts, their budgets and constraints that wait for their end go on")
  func thoughts() throws {
    let model = try TinyModel(thinkingTemplate: ReasoningTests.opening)
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    let params = SamplingParams(n: 2, temperature: 1, ignoreEOS: true, maxTokens: 30)
    let kinds = [
      params.with { $0.thinkingTokenBudget = 9 },
      params.with { ($0.thinkingTokenBudget, $0.structuredOutputs) = (6, .regex("[a-c]{4,8}")) },
      params.with { $0.structuredOutputs = .choice(["yes", "no"]) }, params.with { $0.stop = ["e"] },
    ]
    let requests = try kinds.enumerated().map { index, params in
      try context.preparer.numbered(
        id: UInt64(index), .conversation([.user("Hi")]), params, key: UInt64(index))
    }
    let expected = try Self.whole(context, requests)
    for stepCount in 1...29 {
      var run = StoppedRun(requests)
      try run.go(on: context, stepCount: stepCount)
      try run.go(on: context)
      #expect(run.outputs == expected.outputs, "stopped after step \(stepCount)")
      #expect(run.drawnTokenCount == expected.tokenCount)
    }
  }

  @Test("draws that cannot be a request's own are left out, and its answer stays what it is")
  func foreignDraws() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    let requests = try Self.requests(context.preparer)
    let expected = try Self.whole(context, requests).outputs
    func token(_ id: Int32, sample: Int = 0, _ logprobs: PositionLogprobs? = nil) -> RecordedDraw {
      .token(sample: sample, Draw(tokenID: id, logprobs: logprobs))
    }
    func beam(_ id: Int32, of beam: Int = 0, _ logprob: Float = -1) -> RecordedDraw {
      .beams([BeamChoice(beam: beam, tokenID: id, logprob: logprob, logprobs: nil)])
    }
    let entry = TokenLogprob(tokenID: 98, logprob: -1, rank: 1)
    let cases: [(request: Int, draws: [RecordedDraw])] = [
      (1, [token(-1)]), (1, [token(259)]), (1, [token(.max)]), (1, [token(97, sample: 1)]),
      (1, [token(97, sample: -1)]), (1, [beam(97)]), (1, [token(97, [entry])]), (1, [.beams([])]),
      // All that may be drawn, and one more; all that may be drawn, which leaves nothing to do.
      (1, (0..<14).map { _ in token(97) }), (1, (0..<13).map { _ in token(97) }), (1, [token(258)]),
      (8, [token(97)]), (8, [token(97, [])]), (8, [token(97, [entry])]),
      (8, [token(98, [entry, TokenLogprob(tokenID: 259, logprob: -2, rank: 2)])]),
      // No person begins with an a, and no choice with an x.
      (17, [token(97)]), (20, [token(120)]), (25, [beam(120)]),
      (21, [token(97)]), (21, [beam(97, of: 1)]), (21, [beam(97, of: -1)]), (21, [beam(259)]),
      (21, [beam(97, .nan)]), (21, [beam(97, -.infinity)]), (21, [.beams([])]),
      (21, (0..<9).map { _ in beam(97) }), (22, [beam(97)]),
    ]
    let engine = try LLMEngine(context: context)
    for (number, (request, draws)) in cases.enumerated() {
      let taken = try engine.add(requests[request].prepared, id: UInt64(number), resuming: draws)
      #expect(taken == 0, "case \(number)")
    }
    while engine.unfinishedRequestCount > 0 {
      for request in engine.step() {
        #expect(try request.result.get() == expected[UInt64(cases[Int(request.id)].request)])
      }
    }
    #expect(engine.draws.isEmpty && engine.statistics.resumedTokenCount == 0)
  }
}
