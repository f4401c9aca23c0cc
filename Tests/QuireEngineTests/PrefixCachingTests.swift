import QuireRequests
import QuireBenchmark
import QuireEngine
import QuireTestSupport
import Testing

@Suite("Prefix caching")
struct PrefixCachingTests {
  /// Requests whose prompts have beginnings in common: greedy ones, samples, beams, log-probabilities.
  private static func requests(_ preparer: PromptPreparer) throws -> [NumberedRequest] {
    let beginnings = ["You are a helpful assistant. Answer in one word. ", "Translate into French: "]
    return try (0..<24).map { index in
      var params = SamplingParams(temperature: index % 3 == 0 ? 0 : 0.9, maxTokens: 6 + index % 5)
      switch index % 8 {
      case 2: (params.n, params.temperature) = (3, 0.8)
      case 3: params.logprobs = 2
      case 4: params.promptLogprobs = 1
      case 5: params = SamplingParams(n: 2, temperature: 0, maxTokens: 7, useBeamSearch: true)
      default: break
      }
      let text = beginnings[index / 3 % 2] + String(repeating: "word ", count: index % 4)
      return try preparer.numbered(id: UInt64(index), .text(text), params, key: UInt64(index) &* 977)
    }
  }

  @Test(
    "answers and log-probabilities have the same bits with and without the cache, however they are batched")
  func sameBits() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(
      model.path, configuration: EngineConfiguration(maxNumSeqs: 8, enablePrefixCaching: false))
    let requests = try Self.requests(context.preparer)
    let expected = try EngineRun(context, requests)
    #expect(expected.statistics.prefixHitTokenCount == 0)
    let blockBytes = context.kvCachePlan.bytesPerBlock / 16
    for (configuration, preempts) in [
      (EngineConfiguration(threads: 1), false), (EngineConfiguration(threads: 2), false),
      (EngineConfiguration(maxNumSeqs: 3, blockSize: 1), false),
      (EngineConfiguration(maxNumSeqs: 8, maxNumBatchedTokens: 13, blockSize: 4), false),
      (EngineConfiguration(blockSize: 4, kvCacheMemory: 42 * 4 * blockBytes), true),
      (
        EngineConfiguration(maxNumSeqs: 5, blockSize: 2, kvCacheMemory: 80 * 2 * blockBytes, threads: 2), true
      ),
    ] {
      let run = try EngineRun(ModelContext.load(model.path, configuration: configuration), requests)
      for request in requests {
        #expect(run.outputs[request.id] == expected.outputs[request.id], "\(request.id) in \(configuration)")
      }
      #expect(run.statistics.prefixHitTokenCount > 300, "\(configuration)")
      #expect(run.statistics.preemptionCount > 0 || !preempts, "\(configuration)")
    }
  }

  @Test("64 requests with 512 tokens in common compute them once, with the same answers")
  func sharedPrefix() throws {
    let model = try TinyModel(contextLength: 640)
    let workload = BenchmarkWorkload(
      requestCount: 64, promptTokenCount: 520, outputTokenCount: 4, sharedPrefixTokenCount: 512)
    func run(_ isEnabled: Bool) throws -> EngineRun {
      let context = try ModelContext.load(
        model.path, configuration: EngineConfiguration(enablePrefixCaching: isEnabled))
      let requests = workload.requests(vocabularySize: TinyModel.vocabulary)
      return try EngineRun(
        context,
        requests.enumerated().map { index, request in
          try context.preparer.numbered(id: UInt64(index), .tokenIDs(request.promptTokenIDs), request.params)
        })
    }
    let (cached, computed) = (try run(true), try run(false))
    #expect(cached.outputs == computed.outputs)
    #expect(computed.statistics.promptTokenCount == 64 * 520)
    #expect(computed.statistics.prefixHitTokenCount == 0)
    // All arrive together: the first computes the common tokens, the others share its blocks in the same step.
    #expect(cached.statistics.promptTokenCount == 512 + 64 * 8)
    #expect(cached.statistics.prefixHitTokenCount == 63 * 512)
    #expect(
      Double(cached.statistics.promptTokenCount) <= 0.15 * Double(computed.statistics.promptTokenCount))
  }

  @Test("the log-probabilities of a prompt are complete where its blocks are cached")
  func promptLogprobs() throws {
    let model = try TinyModel()
    let context = try ModelContext.load(
      model.path, configuration: EngineConfiguration(maxNumSeqs: 1, blockSize: 4))
    let text = "the same words for all"
    let requests = try (0..<3).map { index in
      let params = SamplingParams(temperature: 0, maxTokens: 3, promptLogprobs: index == 1 ? 0 : nil)
      return try context.preparer.numbered(id: UInt64(index), .text(text), params)
    }
    let run = try EngineRun(context, requests)
    #expect(run.outputs[1]?.promptLogprobs?.count == requests[1].promptTokenIDs.count)
    #expect(run.outputs[0]?.promptLogprobs == nil)
    // 22 tokens: five full blocks, for the last one alone.
    #expect(run.statistics.prefixHitTokenCount == 20)
    #expect(run.outputs[1]?.outputs == run.outputs[0]?.outputs)
  }
}
