import QuireRequests
import QuireEngine
import QuireTestSupport
import Testing

@Suite("Answers with any parameters do not depend on the batch")
struct SamplingPropertyTests {
  /// Constraints on answers, and the tokens that their shortest one takes.
  private static let constraints: [(shortest: Int, constraint: OutputConstraint)] = [
    (1, .regex("[a-z]+[0-9]*")), (1, .choice(["a", "true", "yes or no"])), (2, .jsonObject),
    (7, .jsonSchema(#"{"type":"object","properties":{"a":{"type":["integer","string"]}},"required":["a"]}"#)),
    (2, .jsonSchema(##"{"type":"array","items":{"$ref":"#"}}"##)), (4, .regex("(é|日本){2,8}")),
  ]

  private static func request(
    _ index: Int, _ preparer: PromptPreparer, _ random: inout TestRandom
  ) throws -> NumberedRequest {
    func tokens(_ count: Int) -> [Int32] {
      (0..<count).map { _ in Int32(random.below(TinyModel.vocabulary)) }
    }
    let isGreedy = random.below(4) == 0
    let maxTokens = 1 + random.below(30)
    var params = SamplingParams(
      presencePenalty: random.pick([0, 0, 1.5, -2]), frequencyPenalty: random.pick([0, 0, 0.7, -1]),
      repetitionPenalty: random.pick([1, 1, 1.3, 0.8]),
      temperature: isGreedy ? 0 : random.pick([0.3, 1, 1.8]),
      topP: random.pick([1, 0.9, 0.4]), topK: random.pick([0, -1, 3, 50]), minP: random.pick([0, 0, 0.1]),
      seed: random.pick([nil, nil, 5, Int64(index)]), maxTokens: maxTokens,
      minTokens: random.below(maxTokens + 1))
    params.stop = random.pick([[], [], ["e"], ["\u{8}", "ab"]])
    params.stopTokenIDs = tokens(random.below(3))
    params.badWords = random.pick([[], ["a"], ["xy", "z"]])
    params.includeStopStringInOutput = random.below(2) == 0
    params.ignoreEOS = random.below(2) == 0
    params.logprobs = random.pick([nil, nil, 0, 3, 20, -1])
    params.promptLogprobs = random.pick([nil, nil, 0, 2, -1])
    params.skipSpecialTokens = random.below(2) == 0
    params.truncatePromptTokens = random.pick([nil, nil, 9])
    params.logitBias = random.pick([nil, nil, [7: 3, 65: -5], [Int32(random.below(256)): 8]])
    params.allowedTokenIDs = random.pick([nil, nil, nil, tokens(60) + [TinyModel.endOfTurn, 1, 2, 3, 4, 5]])
    // Now and then, and not where so few tokens could hold no answer.
    if params.allowedTokenIDs == nil, params.badWords.isEmpty, index % 3 == 0 {
      params.structuredOutputs = random.pick(
        Self.constraints.filter { $0.shortest <= maxTokens }.map(\.constraint))
    }
    if params.stop.isEmpty { params.detokenize = random.below(5) > 0 }
    drawAnswerCount(&params, &random)
    return try preparer.numbered(
      id: UInt64(index), .tokenIDs(tokens(1 + random.below(50))), params, key: random.next())
  }

  /// One answer, samples, the best of some, or beams: three at most, so that each setting's steps and caches hold them.
  private static func drawAnswerCount(_ params: inout SamplingParams, _ random: inout TestRandom) {
    let count = 2 + random.below(2)
    if !params.isGreedy {
      params.n = random.pick([1, 1, count])
      params.bestOf = random.pick([nil, nil, params.n, 3])
    } else if random.below(2) == 0 {
      params.useBeamSearch = true
      (params.n, params.bestOf) = random.pick([(count, nil), (1, count)])
      params.lengthPenalty = random.pick([1, 0, 2.5, -1])
      params.earlyStopping = random.pick([.whenEnoughFinished, .whenUnlikelyToImprove, .never])
      if params.logprobs == -1 { params.logprobs = 20 }
    }
  }

  private static func run(
    _ context: ModelContext, groups: [[NumberedRequest]]
  ) throws -> (outputs: [UInt64: RequestOutput], preemptionCount: Int) {
    let engine = try LLMEngine(context: context)
    var outputs: [UInt64: RequestOutput] = [:]
    for group in groups {
      for request in group { try engine.add(request) }
      while engine.unfinishedRequestCount > 0 {
        for request in engine.step() { outputs[request.id] = try request.result.get() }
      }
    }
    return (outputs, engine.statistics.preemptionCount)
  }

  @Test(
    "200 random requests: alone, together, shuffled, in chunks, with preemption, on one thread and on two")
  func property() throws {
    let model = try TinyModel()
    func context(_ configuration: EngineConfiguration) throws -> ModelContext {
      try ModelContext.load(model.path, configuration: configuration)
    }
    let reference = try context(EngineConfiguration(threads: 2))
    var random = TestRandom(seed: 44)
    let preparer = reference.preparer
    let requests = try (0..<200).map { try Self.request($0, preparer, &random) }
    #expect(requests.contains { $0.params.n > 1 && $0.params.promptLogprobs != nil })
    #expect(requests.contains { $0.params.useBeamSearch && $0.params.structuredOutputs != nil })
    let alone = try Self.run(reference, groups: requests.map { [$0] }).outputs
    #expect(alone.count == 200)
    #expect(alone.values.contains { $0.outputs.first?.finishReason == .stop })
    let bytesPerToken = reference.kvCachePlan.bytesPerBlock / 16
    let settings: [(EngineConfiguration, isShuffled: Bool)] = [
      (EngineConfiguration(maxNumSeqs: 256, threads: 2), false),
      (EngineConfiguration(maxNumSeqs: 256, threads: 1), true),
      (EngineConfiguration(maxNumSeqs: 7, maxNumBatchedTokens: 13, threads: 2), true),
      (
        EngineConfiguration(maxNumSeqs: 64, blockSize: 4, kvCacheMemory: bytesPerToken * 4 * 60, threads: 2),
        true
      ),
      (
        EngineConfiguration(
          maxNumSeqs: 64, maxNumBatchedTokens: 24, blockSize: 4, kvCacheMemory: bytesPerToken * 4 * 40,
          threads: 1),
        true
      ),
    ]
    for (configuration, isShuffled) in settings {
      let order = isShuffled ? requests.shuffled(using: &random) : requests
      let (outputs, preemptionCount) = try Self.run(try context(configuration), groups: [order])
      for request in requests {
        #expect(outputs[request.id] == alone[request.id], "request \(request) in \(configuration)")
      }
      #expect((preemptionCount > 0) == (configuration.kvCacheMemory != nil))
    }
    withExtendedLifetime(model) {}
  }
}
