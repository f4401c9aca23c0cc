import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireEngine

@Suite("The plan of the KV cache")
struct KVCachePlanTests {
  private let bytesPerBlock = 368_640

  private func plan(
    _ configuration: EngineConfiguration, modelLength: Int = 2048, slidingWindow: Int? = nil,
    otherBytes: Int = 0, availableBytes: Int? = nil, totalBytes: Int? = nil
  ) throws(EngineError) -> KVCachePlan {
    try KVCachePlan(
      configuration: configuration, modelLength: modelLength,
      windows: Array(repeating: slidingWindow, count: 30), bytesPerLayer: bytesPerBlock / 30,
      otherBytes: otherBytes, availableBytes: availableBytes, totalBytes: totalBytes)
  }

  @Test("a size is kept to the block", arguments: [1, 2, 3, 127, 128, 129, 1000])
  func exact(count: Int) throws {
    for (bytes, expected) in [
      (count * bytesPerBlock - 1, count - 1), (count * bytesPerBlock, count),
      (count * bytesPerBlock + 1, count), ((count + 1) * bytesPerBlock - 1, count),
    ] where expected > 0 {
      let plan = try plan(EngineConfiguration(kvCacheMemory: bytes))
      #expect(plan.blockCount == expected && plan.tokenCapacity == expected * 16)
      #expect(plan.byteCount == expected * bytesPerBlock && plan.byteCount <= bytes)
    }
  }

  @Test("more than the machine's memory is refused where the cache would take it")
  func beyondTheMachine() throws {
    let total = 1 << 30
    let modest = try plan(EngineConfiguration(maxNumSeqs: 1, kvCacheMemory: 1 << 50), totalBytes: total)
    #expect(modest.byteCount == 128 * bytesPerBlock)
    #expect {
      _ = try plan(
        EngineConfiguration(kvCacheMemory: 1 << 50), modelLength: 1 << 30, totalBytes: total)
    } throws: {
      "\($0)".hasPrefix("kvCacheMemory is 1125899906842624 bytes")
        && "\($0)".contains("1073741824 bytes of memory")
    }
  }

  @Test("less than a block is refused with the value found and the least")
  func zeroBlocks() {
    let told = "kvCacheMemory is 368639 bytes, less than one block of 16 tokens"
    #expect {
      _ = try plan(EngineConfiguration(kvCacheMemory: bytesPerBlock - 1))
    } throws: {
      "\($0)".hasPrefix(told) && "\($0)".contains("give at least 368640 bytes")
    }
    // Nothing is left beside the weights.
    #expect(throws: EngineError.self) {
      _ = try plan(EngineConfiguration(), otherBytes: 1000, availableBytes: 1000)
    }
  }

  @Test("without a size the cache takes half of what the weights leave")
  func share() throws {
    let plan = try plan(
      EngineConfiguration(), otherBytes: 500, availableBytes: 500 + 20 * bytesPerBlock + 2)
    #expect(plan.blockCount == 10)
  }

  @Test("no more blocks are planned than all running sequences need at their full length")
  func useful() throws {
    let configuration = EngineConfiguration(maxNumSeqs: 3, kvCacheMemory: 1 << 50, maxModelLen: 33)
    #expect(try plan(configuration).blockCount == 3 * 3)
  }

  @Test("a length that the cache does not hold is refused where it was asked for")
  func lengthBeyondCache() throws {
    let configuration = EngineConfiguration(kvCacheMemory: 10 * bytesPerBlock, maxModelLen: 161)
    #expect {
      _ = try plan(configuration)
    } throws: {
      "\($0)" == "maxModelLen is 161, but the KV cache holds 160 tokens (3686400 bytes); "
        + "give less, or kvCacheMemory at least 4055040 bytes"
    }
    var fitting = configuration
    fitting.maxModelLen = 160
    #expect(try plan(fitting).fullLengthSequenceCount == 1)
    // The model's own length is no wish: shorter requests are answered.
    fitting.maxModelLen = nil
    #expect(try plan(fitting).fullLengthSequenceCount == 0)
  }

  @Test(
    "the line at the start says how many tokens and sequences of full length the cache holds",
    arguments: [
      (127, "KV cache of 2032 tokens (127 blocks of 16, 44 MiB): less than one sequence of 2048 tokens"),
      (128, "KV cache of 2048 tokens (128 blocks of 16, 45 MiB): 1 sequence of 2048 tokens"),
      (255, "KV cache of 4080 tokens (255 blocks of 16, 89 MiB): 1 sequence of 2048 tokens"),
      (256, "KV cache of 4096 tokens (256 blocks of 16, 90 MiB): 2 sequences of 2048 tokens"),
      (1, "KV cache of 16 tokens (1 blocks of 16, 360 KiB): less than one sequence of 2048 tokens"),
    ])
  func summary(count: Int, line: String) throws {
    let plan = try plan(EngineConfiguration(kvCacheMemory: count * bytesPerBlock))
    #expect(plan.summary == line)
    #expect((plan.warning == nil) == (count >= 128))
  }

  @Test("a warning says which requests will be refused, and names a window that the cache does not hold")
  func warning() throws {
    let configuration = EngineConfiguration(kvCacheMemory: 10 * bytesPerBlock)
    #expect(
      try plan(configuration, slidingWindow: 160).warning
        == "the KV cache holds 160 tokens: a request whose prompt and maxTokens exceed that is refused; "
        + "kvCacheMemory 47185920 holds a sequence of 2048")
    #expect(
      try plan(configuration, slidingWindow: 161).warning?.contains(
        "holds 160 tokens, less than the model's sliding window of 161: a request") == true)
    // Full-length sequences fit: the window has no effect on any request.
    #expect(try plan(configuration, modelLength: 160, slidingWindow: 4096).warning == nil)
  }

  @Test(
    "a cache smaller than the window: what fits is answered as in a large one, the rest refused by both numbers"
  )
  func windowLargerThanCache() throws {
    let checkpoint = try TinyCheckpoint(golden: "mistral-sliding-window", hasTokenizer: true)
    let large = try ModelContext.load(checkpoint.path, configuration: EngineConfiguration(blockSize: 1))
    let bytesPerToken = large.kvCachePlan.bytesPerBlock
    #expect(large.kvCachePlan.warning == nil)
    // The window is 6.
    let small = try ModelContext.load(
      checkpoint.path, configuration: EngineConfiguration(blockSize: 1, kvCacheMemory: 5 * bytesPerToken))
    #expect(small.kvCachePlan.warning?.contains("sliding window of 6") == true)
    let params = SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 2)
    let fitting = try (1...3).map { length in
      try large.preparer.numbered(id: UInt64(length), .tokenIDs((0..<length).map { Int32(10 + $0) }), params)
    }
    let (found, expected) = (try EngineRun(small, fitting), try EngineRun(large, fitting))
    for request in fitting {
      #expect(found.outputs[request.id]?.outputs[0].tokenIDs.count == 2)
      #expect(
        found.outputs[request.id]?.outputs[0].tokenIDs == expected.outputs[request.id]?.outputs[0].tokenIDs)
    }
    let engine = try LLMEngine(context: small)
    #expect {
      try engine.add(small.preparer.numbered(id: 9, .tokenIDs([1, 2, 3, 4]), params))
    } throws: {
      ($0 as? RequestError)?.description.contains("need 6 KV cache blocks of 1 tokens, but the cache has 5")
        == true
    }
  }
}
