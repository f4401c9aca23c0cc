import QuireRequests
import QuireEngine
import QuireTestSupport
import Testing

@Suite("Beam search in the engine")
struct BeamSearchTests {
  private static func requests(_ preparer: PromptPreparer) throws -> [NumberedRequest] {
    try (0..<8).map { index in
      var params = SamplingParams(
        n: 2, bestOf: 2 + index % 3, temperature: 0, maxTokens: 10 + index, useBeamSearch: true,
        lengthPenalty: [1, 0, 2][index % 3])
      // Samples and greedy answers beside the searches.
      if index % 4 == 2 { params = SamplingParams(n: 3, seed: 5, maxTokens: 12) }
      if index % 4 == 3 { params = SamplingParams(temperature: 0, maxTokens: 20) }
      let text = String(repeating: "beam ", count: 1 + index * 2)
      return try preparer.numbered(id: UInt64(index), .text(text), params)
    }
  }

  @Test("searches do not depend on neighbours, max_num_seqs, chunks, preemption or threads")
  func batching() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    let blockBytes = context.kvCachePlan.bytesPerBlock / 16
    let requests = try Self.requests(context.preparer)
    var expected: [UInt64: RequestOutput] = [:]
    for request in requests {
      expected.merge(try EngineRun(context, [request]).outputs) { first, _ in first }
    }
    for (configuration, preempts) in [
      (EngineConfiguration(), false), (EngineConfiguration(threads: 1), false),
      (EngineConfiguration(maxNumSeqs: 4, maxNumBatchedTokens: 4), false),
      (EngineConfiguration(maxNumSeqs: 9, maxNumBatchedTokens: 11, blockSize: 4), false),
      (EngineConfiguration(blockSize: 4, kvCacheMemory: 60 * 4 * blockBytes), true),
      (EngineConfiguration(blockSize: 1, kvCacheMemory: 160 * blockBytes), true),
    ] {
      let run = try EngineRun(ModelContext.load(model.path, configuration: configuration), requests)
      #expect(run.outputs == expected, "\(configuration)")
      #expect(run.statistics.preemptionCount > 0 || !preempts, "\(configuration)")
    }
  }

  @Test("the best of as many beams as the vocabulary has texts is the best of all texts")
  func exhaustive() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    // Three tokens may be drawn, so that two positions have nine texts.
    var params = SamplingParams(
      n: 9, temperature: 0, ignoreEOS: true, maxTokens: 2, allowedTokenIDs: [65, 66, 67],
      useBeamSearch: true)
    func answers(_ params: SamplingParams) throws -> [CompletionOutput] {
      let request = try context.preparer.numbered(.text("all"), params)
      return try EngineRun(context, [request]).outputs[0]!.outputs
    }
    let all = try answers(params)
    #expect(Set(all.map(\.tokenIDs)).count == 9)
    #expect(all.map { $0.cumulativeLogprob! } == all.map { $0.cumulativeLogprob! }.sorted(by: >))
    (params.n, params.bestOf) = (3, 9)
    #expect(try answers(params).map(\.tokenIDs) == all.prefix(3).map(\.tokenIDs))
  }

  @Test("a stop string ends a beam, and its text stops before it")
  func stopStrings() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    var params = SamplingParams(
      n: 3, temperature: 0, ignoreEOS: true, maxTokens: 6, allowedTokenIDs: [97, 98, 99],
      useBeamSearch: true)
    func answers() throws -> [CompletionOutput] {
      let request = try context.preparer.numbered(.text("stop"), params)
      return try EngineRun(context, [request]).outputs[0]!.outputs
    }
    let free = try answers()
    #expect(free.allSatisfy { $0.finishReason == .length && $0.text.count == 6 })
    let stop = String(free[0].text.dropFirst(2).prefix(2))
    params.stop = [stop]
    let stopped = try answers()
    let found = try #require(stopped.first { $0.finishReason == .stop })
    #expect(found.stopReason == .string(stop) && !found.text.contains(stop))
    #expect(found.tokenIDs.count == found.text.count + 2)
    for answer in stopped { #expect(!answer.text.contains(stop)) }
  }

  @Test(
    "logprobs of beams are of the untouched logits: their sum is the cumulative logprob without penalties")
  func logprobs() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration())
    var params = SamplingParams(
      n: 3, temperature: 0, maxTokens: 9, logprobs: 2, promptLogprobs: 0, useBeamSearch: true)
    func output() throws -> RequestOutput {
      let request = try context.preparer.numbered(.text("logprobs"), params)
      return try #require(try EngineRun(context, [request]).outputs[0])
    }
    let reported = try output()
    #expect(reported.promptLogprobs?.count == 8)
    for answer in reported.outputs {
      let positions = try #require(answer.logprobs)
      #expect(positions.map { $0[0].tokenID } == answer.tokenIDs)
      #expect(positions.allSatisfy { $0.count == ($0[0].rank <= 2 ? 2 : 3) && $0[0].text != nil })
      let sum = positions.reduce(0) { $0 + Double($1[0].logprob) }
      #expect(abs(sum - answer.cumulativeLogprob!) < 1e-5)
    }
    (params.logprobs, params.promptLogprobs) = (nil, nil)
    #expect(try output().outputs.map(\.tokenIDs) == reported.outputs.map(\.tokenIDs))
  }

  @Test("what cannot run together is refused by name")
  func refusals() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration(maxNumSeqs: 3))
    let engine = try LLMEngine(context: context)
    let params = SamplingParams(n: 4, temperature: 0, useBeamSearch: true)
    let request = try context.preparer.numbered(.text("wide"), params)
    let refusal = #expect(throws: RequestError.self) { try engine.add(request) }
    #expect(refusal?.place == .parameter(.n) && refusal?.description.contains("4 beams run together") == true)
    #expect(engine.unfinishedRequestCount == 0)
  }
}
