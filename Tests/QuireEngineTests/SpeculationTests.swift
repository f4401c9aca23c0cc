import QuireEngine
import QuireRequests
import QuireTestSupport
import Testing

/// Drafts as tests want them, for requests whose answers are known.
private final class KnownDrafts {
  private let texts: [[Int32]]
  private var random: TestRandom
  private let vocabularySize: Int
  /// How many of eight tokens are right.
  private let rightShare: Int

  init(
    _ requests: [NumberedRequest], _ outputs: [UInt64: RequestOutput], vocabularySize: Int, rightShare: Int,
    seed: UInt64
  ) {
    texts = requests.flatMap { request in
      (outputs[request.id]?.outputs ?? []).map { request.promptTokenIDs + $0.tokenIDs }
    }
    self.vocabularySize = vocabularySize
    self.rightShare = rightShare
    random = TestRandom(seed: seed)
  }

  /// Up to twelve tokens, of which some are what some answer goes on with.
  func draft(_ text: [Int32]) -> [Int32] {
    let known = texts.filter { $0.count > text.count && $0.starts(with: text) }
    let source = known.isEmpty ? [] : random.pick(known)[text.count...]
    return (0..<random.below(13)).map { index in
      let isRight = index < source.count && random.below(8) < rightShare
      return isRight ? source[source.startIndex + index] : Int32(random.below(vocabularySize))
    }
  }
}

@Suite("Drafts change no answer")
struct SpeculationTests {
  private static func off(_ change: (inout EngineConfiguration) -> Void = { _ in }) -> EngineConfiguration {
    var configuration = EngineConfiguration(speculation: .off)
    change(&configuration)
    return configuration
  }

  @Test(
    "any drafts, for any kind of request, in any chunks and blocks, with preemption",
    arguments: TinyModel.Weights.allCases, [0, 6, 8])
  func anyDrafts(weights: TinyModel.Weights, rightShare: Int) throws {
    let model = try TinyModel(weights: weights)
    let context = try ModelContext.load(model.path, configuration: Self.off())
    let requests = try ResumptionTests.requests(context.preparer)
    let expected = try EngineRun(context, requests)
    #expect(expected.outputs.count == requests.count && expected.statistics.draftTokenCount == 0)
    let positionBytes = context.kvCachePlan.bytesPerBlock / 16
    let configurations = [
      Self.off(), Self.off { ($0.maxNumSeqs, $0.maxNumBatchedTokens, $0.blockSize) = (7, 11, 4) },
      Self.off { ($0.blockSize, $0.enablePrefixCaching, $0.threads) = (4, false, 1) },
      Self.off { ($0.blockSize, $0.kvCacheMemory) = (4, 50 * 4 * positionBytes) },
      // Fewer rows of logits at a time than drafts.
      Self.off { ($0.maxNumSeqs, $0.blockSize) = (5, 1) },
    ]
    for (seed, configuration) in configurations.enumerated() {
      let drafts = KnownDrafts(
        requests, expected.outputs, vocabularySize: context.vocabularySize, rightShare: rightShare,
        seed: UInt64(seed))
      let run = try EngineRun(
        try ModelContext.load(model.path, configuration: configuration), requests, draft: drafts.draft)
      let differing = requests.map(\.id).filter { run.outputs[$0] != expected.outputs[$0] }
      #expect(differing.isEmpty, "engine \(seed)")
      #expect(run.statistics.draftTokenCount > 100)
      #expect(run.statistics.acceptedDraftTokenCount > (rightShare > 0 ? 50 : -1))
      #expect(run.statistics.outputTokenCount == expected.statistics.outputTokenCount)
      #expect((run.statistics.preemptionCount > 0) == (configuration.kvCacheMemory != nil))
      if rightShare == 8 { #expect(run.statistics.stepCount < expected.statistics.stepCount || seed > 0) }
    }
  }

  @Test(
    "in models with windows, with states of their own for lengths, and with experts",
    arguments: ["mistral-sliding-window", "gemma3", "llama-rope-dynamic", "qwen"])
  func otherModels(name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name, hasTokenizer: true)
    let context = try ModelContext.load(checkpoint.path, configuration: Self.off())
    let requests = try [9, 22, 25, 30, 41].enumerated().map { index, length in
      let params = SamplingParams(
        n: [1, 3][index % 2], temperature: [0, 0.8][index % 2], ignoreEOS: true, maxTokens: 20 + index,
        logprobs: 1, detokenize: false)
      let prompt = (0..<length).map { Int32(($0 * 29 + index) % 160) }
      return try context.preparer.numbered(
        id: UInt64(index), .tokenIDs(prompt), params, key: UInt64(index))
    }
    let expected = try EngineRun(context, requests)
    for configuration in [
      Self.off(), Self.off { ($0.maxNumBatchedTokens, $0.blockSize) = (7, 2) },
      Self.off { ($0.maxNumSeqs, $0.blockSize) = (2, 1) },
    ] {
      let drafts = KnownDrafts(
        requests, expected.outputs, vocabularySize: 160, rightShare: 7, seed: 5)
      let run = try EngineRun(
        try ModelContext.load(checkpoint.path, configuration: configuration), requests, draft: drafts.draft)
      #expect(run.outputs == expected.outputs, "\(configuration.blockSize)")
      #expect(run.statistics.acceptedDraftTokenCount > 20)
    }
    withExtendedLifetime(checkpoint) {}
  }

  @Test("thoughts, their budgets and constraints behind them")
  func thoughts() throws {
    let model = try TinyModel(thinkingTemplate: ReasoningTests.opening)
    let context = try ModelContext.load(model.path, configuration: Self.off())
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
    let expected = try EngineRun(context, requests)
    for seed in 0..<4 {
      let drafts = KnownDrafts(
        requests, expected.outputs, vocabularySize: context.vocabularySize, rightShare: 7, seed: UInt64(seed))
      let run = try EngineRun(context, requests, draft: drafts.draft)
      #expect(run.outputs == expected.outputs && run.statistics.acceptedDraftTokenCount > 20)
    }
  }

  @Test(
    "a run that is stopped after any step goes on with all that was drawn, and nothing behind an answer's end"
  )
  func resumption() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: Self.off())
    let requests = try ResumptionTests.requests(context.preparer)
    let expected = try EngineRun(context, requests)
    for stepCount in 1...12 {
      let drafts = KnownDrafts(
        requests, expected.outputs, vocabularySize: context.vocabularySize, rightShare: 7,
        seed: UInt64(stepCount))
      var run = StoppedRun(requests)
      try run.go(on: context, stepCount: stepCount, draft: drafts.draft)
      try run.go(on: context, draft: drafts.draft)
      #expect(run.outputs == expected.outputs, "stopped after step \(stepCount)")
      #expect(run.restartedRequestIDs.isEmpty)
      #expect(run.drawnTokenCount == expected.statistics.outputTokenCount)
    }
  }

  @Test("what is told while an answer grows is the answer, each token once")
  func updates() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: Self.off())
    let requests = try ResumptionTests.requests(context.preparer).filter { !$0.params.useBeamSearch }
    let expected = try EngineRun(context, requests)
    let drafts = KnownDrafts(
      requests, expected.outputs, vocabularySize: context.vocabularySize, rightShare: 8, seed: 1)
    let engine = try LLMEngine(context: context)
    engine.draft = drafts.draft
    for request in requests { try engine.add(request.prepared, id: request.id, reportsUpdates: true) }
    var texts: [UInt64: [Int: String]] = [:]
    var tokenIDs: [UInt64: [Int: [Int32]]] = [:]
    var mostUpdates = 0
    while engine.unfinishedRequestCount > 0 {
      var counts: [[UInt64]: Int] = [:]
      for request in engine.step(update: { id, update in
        texts[id, default: [:]][update.index, default: ""] += update.text
        tokenIDs[id, default: [:]][update.index, default: []] += update.tokenIDs
        counts[[id, UInt64(update.index)], default: 0] += 1
      }) {
        #expect(try request.result.get() == expected.outputs[request.id])
      }
      mostUpdates = max(mostUpdates, counts.values.max() ?? 0)
    }
    #expect(mostUpdates > 3)
    for (id, output) in expected.outputs {
      for answer in output.outputs {
        guard let told = tokenIDs[id]?[answer.index] else { continue }
        #expect(told == answer.tokenIDs && texts[id]?[answer.index] == answer.text)
      }
    }
  }

  @Test("by itself an engine drafts what repeats, and answers as one that does not")
  func measured() throws {
    let model = try TinyModel(contextLength: 512)
    let context = try ModelContext.load(model.path, configuration: Self.off())
    let greedy = SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 300)
    let person = SamplingParams(
      temperature: 0.7, maxTokens: 60, structuredOutputs: .jsonSchema(StructuredOutputTests.person))
    let requests = try (0..<12).map { index in
      try context.preparer.numbered(
        id: UInt64(index), .text(String(repeating: "abcd \(index) ", count: 8)), index < 6 ? greedy : person,
        key: UInt64(index))
    }
    let expected = try EngineRun(context, requests)
    #expect(expected.statistics.draftTokenCount == 0)
    for sequenceCount in [1, 4, 12] {
      let run = try EngineRun(
        try ModelContext.load(model.path, configuration: EngineConfiguration(maxNumSeqs: sequenceCount)),
        requests)
      #expect(run.outputs == expected.outputs)
      #expect(run.statistics.acceptedDraftTokenCount > 0, "\(sequenceCount) sequences")
    }
  }
}
