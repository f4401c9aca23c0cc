import QuireEngine
import QuireModels
import QuireRequests
import QuireTestSupport
import Testing

@Suite("Pooled hidden states")
struct PoolingTests {
  /// Texts that share beginnings, beside requests that are answered where the model answers some.
  private func requests(_ context: ModelContext) throws -> [NumberedRequest] {
    var requests: [NumberedRequest] = []
    let long = String(repeating: "Once upon a time ", count: 9)
    let texts = ["a", "yes", "no", long, long + "there", long + "there was", "Four sheets", long]
    for (index, text) in texts.enumerated() {
      for task in [PooledInput.Task.embedding(), .embedding(dimensions: 5)] {
        let number = UInt64(requests.count)
        requests.append(
          try context.preparer.numbered(id: number, .pooled(PooledInput(.text(text), task)), SamplingParams())
        )
      }
      guard context.package.plan.makesTokens else { continue }
      requests.append(
        try context.preparer.numbered(
          id: UInt64(requests.count), .text(text),
          SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 3 + index)))
      guard context.poolingRules.pairForm == .joined else { continue }
      requests.append(
        try context.preparer.numbered(
          id: UInt64(requests.count), .pooled(PooledInput(.text(text), .score)), SamplingParams()))
    }
    return requests
  }

  @Test(
    "vectors and scores have the same bits in every batch, chunk and order, with and without shared beginnings",
    arguments: ["qwen3-embedding", "llama-mean", "llama-first", "qwen3-reranker", "llama-classifier"])
  func invariance(_ name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name, in: "embeddings")
    func context(_ change: (inout EngineConfiguration) -> Void) throws -> ModelContext {
      var configuration = EngineConfiguration(threads: 2)
      change(&configuration)
      return try ModelContext.load(checkpoint.path, configuration: configuration)
    }
    let plain = try context { _ in }
    let requests = try requests(plain)
    var expected: [UInt64: RequestOutput] = [:]
    for request in requests {
      let alone = try EngineRun(plain, [request])
      expected[request.id] = alone.outputs[request.id]
    }
    #expect(expected.count == requests.count)
    #expect(expected.values.contains { $0.pooled?.count == 48 })
    #expect(expected.values.filter { $0.pooled != nil }.allSatisfy { $0.outputs.isEmpty })
    let blockBytes = plain.kvCachePlan.bytesPerBlock
    for (index, context) in [
      plain, try context { $0.maxNumBatchedTokens = 7 }, try context { $0.maxNumSeqs = 1 },
      try context { $0.enablePrefixCaching = false }, try context { $0.threads = 1 },
      try context { $0.maxNumBatchedTokens = 33 }, try context { $0.kvCacheMemory = 14 * blockBytes },
    ].enumerated() {
      for requests in [requests, requests.reversed()] {
        let run = try EngineRun(context, requests)
        #expect(run.errors.isEmpty)
        #expect(run.outputs == expected, "configuration \(index)")
        let generated = run.outputs.values.reduce(0) { sum, output in
          sum + output.outputs.reduce(0) { $0 + $1.tokenIDs.count }
        }
        #expect(run.statistics.outputTokenCount == generated)
      }
    }
  }

  @Test("a text that goes on from another engine's draws begins anew")
  func resumption() throws {
    let checkpoint = try TinyCheckpoint(golden: "llama-mean", in: "embeddings")
    let context = try ModelContext.load(checkpoint.path, configuration: EngineConfiguration(threads: 1))
    let request = try context.preparer.numbered(.pooled(PooledInput(.text("Four"))), SamplingParams())
    let expected = try EngineRun(context, [request]).outputs
    let engine = try LLMEngine(context: context)
    engine.recordsDraws = true
    let draw = RecordedDraw.beams([])
    #expect(try engine.add(request.prepared, id: 0, resuming: [draw]) == 0)
    var outputs: [RequestOutput] = []
    while engine.unfinishedRequestCount > 0 {
      for finished in engine.step() { outputs.append(try finished.result.get()) }
      #expect(engine.draws.isEmpty)
    }
    #expect(outputs == [expected[0]])
  }

  @Test("a vector that is not finite is an error of its request, and never numbers")
  func notFinite() throws {
    let checkpoint = try TinyCheckpoint(golden: "llama-mean", in: "embeddings") { tensor, values in
      // What the last layer adds is beyond what the arithmetic holds.
      if tensor.hasSuffix("1.mlp.down_proj.weight") { for index in values.indices { values[index] = 3e38 } }
    }
    let context = try ModelContext.load(
      checkpoint.path, configuration: EngineConfiguration(threads: 1, dtype: .float32))
    let request = try context.preparer.numbered(.pooled(PooledInput(.text("Four sheets"))), SamplingParams())
    let run = try EngineRun(context, [request])
    #expect(run.errors[0]?.code == .generationFailed && run.outputs.isEmpty)
  }
}
