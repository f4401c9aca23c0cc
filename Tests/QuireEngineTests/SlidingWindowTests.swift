import QuireRequests
import QuireEngine
import QuireModels
import QuireTestSupport
import Testing

@Suite("Models with sliding windows")
struct SlidingWindowTests {
  private static func requests(
    _ preparer: PromptPreparer, promptTokenCount: Int, count: Int
  ) throws -> [NumberedRequest] {
    var random = TestRandom(seed: 5)
    // Half of them begin alike.
    let common = (0..<promptTokenCount / 2).map { _ in Int32(random.below(160)) }
    return try (0..<count).map { index in
      let beginning = index % 2 == 0 ? common : common.map { ($0 + 1) % 160 }
      let prompt =
        beginning + (common.count..<promptTokenCount - index).map { _ in Int32(random.below(160)) }
      let params = SamplingParams(
        n: index % 3 == 1 ? 3 : 1, temperature: index % 3 == 0 ? 0 : 0.8, ignoreEOS: true,
        maxTokens: 20 + index, logprobs: 1, detokenize: false)
      return try preparer.numbered(id: UInt64(index), .tokenIDs(prompt), params, key: UInt64(index))
    }
  }

  @Test("answers have the same bits where blocks are given up, and where no block ever is")
  func sameBits() throws {
    let checkpoint = try TinyCheckpoint(golden: "mistral-sliding-window", hasTokenizer: true)
    // One block holds a whole sequence: nothing of it is ever out of sight.
    let whole = try ModelContext.load(
      checkpoint.path,
      configuration: EngineConfiguration(maxNumSeqs: 4, blockSize: 512, enablePrefixCaching: false))
    let requests = try Self.requests(whole.preparer, promptTokenCount: 100, count: 9)
    #expect(whole.attentionWindow == 6)
    let expected = try EngineRun(whole, requests).outputs
    #expect(expected.count == 9)
    let positionBytes = whole.kvCachePlan.bytesPerBlock / 512
    for configuration in [
      EngineConfiguration(blockSize: 4),
      EngineConfiguration(maxNumBatchedTokens: 16, blockSize: 1, threads: 2),
      // 40 positions, less than half a prompt.
      EngineConfiguration(maxNumBatchedTokens: 16, blockSize: 4, kvCacheMemory: 10 * 4 * positionBytes),
      EngineConfiguration(
        maxNumBatchedTokens: 7, blockSize: 2, kvCacheMemory: 14 * 2 * positionBytes,
        enablePrefixCaching: false, threads: 1),
    ] {
      let run = try EngineRun(
        ModelContext.load(checkpoint.path, configuration: configuration), requests)
      for request in requests {
        #expect(run.outputs[request.id] == expected[request.id], "\(request.id) in \(configuration)")
      }
    }
    withExtendedLifetime(checkpoint) {}
  }

  @Test(
    "answers of models with windows on some layers have the same bits whatever blocks, steps and threads",
    arguments: ["qwen2-sliding-layers", "gemma2", "gemma3"])
  func mixedWindows(name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name, hasTokenizer: true)
    let whole = try ModelContext.load(
      checkpoint.path,
      configuration: EngineConfiguration(maxNumSeqs: 4, blockSize: 512, enablePrefixCaching: false))
    let requests = try Self.requests(whole.preparer, promptTokenCount: 60, count: 7)
    let expected = try EngineRun(whole, requests).outputs
    #expect(expected.count == 7)
    for configuration in [
      EngineConfiguration(blockSize: 4),
      EngineConfiguration(maxNumBatchedTokens: 16, blockSize: 1, threads: 2),
      EngineConfiguration(maxNumBatchedTokens: 7, blockSize: 2, enablePrefixCaching: false, threads: 1),
    ] {
      let run = try EngineRun(
        ModelContext.load(checkpoint.path, configuration: configuration), requests)
      for request in requests {
        #expect(run.outputs[request.id] == expected[request.id], "\(request.id) in \(configuration)")
      }
    }
    withExtendedLifetime(checkpoint) {}
  }

  @Test(
    "blocks by groups of layers change no bit: chunks, forks, beams, prefix hits, preemption",
    arguments: ["qwen2-sliding-layers", "gemma2", "gemma3", "gemma3-transformers4"])
  func layerGroups(name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name, hasTokenizer: true)
    let whole = try ModelContext.load(
      checkpoint.path,
      configuration: EngineConfiguration(maxNumSeqs: 4, blockSize: 512, enablePrefixCaching: false))
    #expect(whole.kvCachePlan.layerGroupCount == 1)
    var requests = try Self.requests(whole.preparer, promptTokenCount: 60, count: 9)
    for (id, width) in [(20, 2), (21, 3)] as [(UInt64, Int)] {
      let params = SamplingParams(
        n: width, temperature: 0, ignoreEOS: true, maxTokens: 14, useBeamSearch: true)
      let prompt = requests[Int(id) - 20].promptTokenIDs
      requests.append(try whole.preparer.numbered(id: id, .tokenIDs(prompt), params))
    }
    let expected = try EngineRun(whole, requests).outputs
    #expect(expected.count == 11)
    let layerBytes = whole.kvCachePlan.bytesPerBlock / whole.kvCachePlan.layersPerBlock / 512
    let layerCount = whole.package.shape.layerCount
    var (hitCount, preemptionCount) = (0, 0)
    for configuration in [
      EngineConfiguration(maxNumBatchedTokens: 16, blockSize: 4),
      EngineConfiguration(maxNumBatchedTokens: 7, blockSize: 1, threads: 2),
      EngineConfiguration(maxNumBatchedTokens: 9, blockSize: 2, enablePrefixCaching: false, threads: 1),
      // How many tokens are drafted, and so who has to give way, depends on measured times.
      EngineConfiguration(
        maxNumBatchedTokens: 12, blockSize: 4, kvCacheMemory: 112 * layerCount * layerBytes, speculation: .off
      ),
      EngineConfiguration(
        maxNumBatchedTokens: 12, blockSize: 2, kvCacheMemory: 112 * layerCount * layerBytes,
        enablePrefixCaching: false, speculation: .off),
    ] {
      let context = try ModelContext.load(checkpoint.path, configuration: configuration)
      #expect(context.kvCachePlan.layerGroupCount > 1, "\(context.kvCachePlan)")
      let run = try EngineRun(context, requests)
      for request in requests {
        #expect(run.outputs[request.id] == expected[request.id], "\(request.id) in \(configuration)")
      }
      hitCount += run.statistics.prefixHitTokenCount
      preemptionCount += run.statistics.preemptionCount
    }
    #expect(hitCount > 0 && preemptionCount > 0, "\(hitCount) \(preemptionCount)")
    withExtendedLifetime(checkpoint) {}
  }

  @Test(
    "windows on some layers hold more tokens in the same memory, which the layer that sees all still bounds")
  func mixedLayers() throws {
    let checkpoint = try TinyCheckpoint(golden: "qwen2-sliding-layers", hasTokenizer: true)
    let context = try ModelContext.load(checkpoint.path, configuration: EngineConfiguration(blockSize: 4))
    #expect(context.package.shape.windows.contains { $0 != nil } && context.attentionWindow == nil)
    // 40 positions of all three layers.
    var small = EngineConfiguration(
      maxNumBatchedTokens: 16, blockSize: 4, kvCacheMemory: 10 * context.kvCachePlan.bytesPerBlock)
    func refuses(_ promptTokenCount: Int) throws -> Bool {
      let engine = try LLMEngine(context: ModelContext.load(checkpoint.path, configuration: small))
      let prompt = (0..<promptTokenCount).map { Int32($0 % 160) }
      let params = SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 1, detokenize: false)
      do throws(RequestError) {
        try engine.add(context.preparer.numbered(.tokenIDs(prompt), params))
        return false
      } catch {
        return error.description.contains("KV cache blocks")
      }
    }
    // A step of 16 tokens and the window of 5 lie in 6 blocks of each of two groups: 18 of 30 are left.
    #expect(try !refuses(71) && refuses(72))
    // Steps as long as the model leave no windows to give up.
    small.maxNumBatchedTokens = 512
    #expect(try !refuses(39) && refuses(40))
    withExtendedLifetime(checkpoint) {}
  }
}
