import QuireEngine
import QuireRequests
import QuireTestSupport
import Testing

/// Models whose base of rotation grows with the text: `llama-rope-dynamic` beyond 24 tokens of prompt or text, `qwen` beyond 24
/// tokens of prompt.
@Suite("A base of rotation that grows with the text")
struct DynamicRotationTests {
  /// Prompts with beginnings in common, of lengths around 24: some stay below, some cross it while they are answered.
  private static func requests(_ preparer: PromptPreparer) throws -> [NumberedRequest] {
    let lengths = [9, 16, 22, 24, 25, 33, 41, 41, 48, 50]
    var requests: [NumberedRequest] = []
    for index in 0..<20 {
      var prompt: [Int32] = []
      for place in 0..<lengths[index % 10] {
        let shift = place < 16 ? 3 : 3 + index / 10
        prompt.append(Int32((place * 29 + shift) % 160))
      }
      var params = SamplingParams(
        temperature: 0, ignoreEOS: true, maxTokens: 8 + index % 7, logprobs: 2, detokenize: false)
      if index % 5 == 1 { (params.n, params.temperature) = (2, 0.7) }
      requests.append(
        try preparer.numbered(id: UInt64(index), .tokenIDs(prompt), params, key: UInt64(index)))
    }
    return requests
  }

  @Test(
    "answers have the same bits in any chunks and batches, with preemptions and with the prefix cache",
    arguments: ["llama-rope-dynamic", "qwen"])
  func sameBits(name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name, hasTokenizer: true)
    let alone = try ModelContext.load(
      checkpoint.path, configuration: EngineConfiguration(maxNumSeqs: 1, enablePrefixCaching: false))
    let requests = try Self.requests(alone.preparer)
    let expected = try EngineRun(alone, requests).outputs
    let positionBytes = alone.kvCachePlan.bytesPerBlock / 16
    for (configuration, preempts) in [
      (EngineConfiguration(blockSize: 4), false),
      (EngineConfiguration(maxNumBatchedTokens: 7, blockSize: 2, threads: 2), false),
      (EngineConfiguration(maxNumBatchedTokens: 16, blockSize: 1, enablePrefixCaching: false), false),
      (EngineConfiguration(blockSize: 4, kvCacheMemory: 40 * 4 * positionBytes), true),
    ] {
      let run = try EngineRun(ModelContext.load(checkpoint.path, configuration: configuration), requests)
      for request in requests {
        #expect(run.outputs[request.id] == expected[request.id], "\(request.id) in \(configuration)")
      }
      #expect(run.statistics.preemptionCount > 0 || !preempts, "\(configuration)")
      #expect((run.statistics.prefixHitTokenCount > 0) == configuration.enablePrefixCaching)
    }
    withExtendedLifetime(checkpoint) {}
  }

  @Test("a growing base lets texts be as many times longer as its factor says")
  func length() throws {
    let checkpoint = try TinyCheckpoint(golden: "llama-rope-dynamic", hasTokenizer: true)
    let context = try ModelContext.load(checkpoint.path, configuration: EngineConfiguration())
    #expect(context.maxModelLen == 72)
    withExtendedLifetime(checkpoint) {}
  }
}
