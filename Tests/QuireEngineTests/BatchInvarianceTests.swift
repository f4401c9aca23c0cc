import QuireRequests
import Foundation
import QuireEngine
import QuireKernels
import QuireModels
import QuirePlatform
import QuireTestSupport
import Testing

/// Greedy answers of one engine configuration.
private struct Answers {
  let tokenIDs: [[Int32]]
  let preemptionCount: Int
}

/// Runs requests to their end.
private func run(_ context: ModelContext, _ requests: [NumberedRequest]) throws -> Answers {
  let engine = try LLMEngine(context: context)
  for request in requests { try engine.add(request) }
  var outputs: [UInt64: [Int32]] = [:]
  while engine.unfinishedRequestCount > 0 {
    for request in engine.step() { outputs[request.id] = try request.result.get().outputs[0].tokenIDs }
  }
  return Answers(
    tokenIDs: requests.map { outputs[$0.id]! }, preemptionCount: engine.statistics.preemptionCount)
}

@Suite("Answers do not depend on the batch")
struct BatchInvarianceTests {
  private static let words = [
    "The capital of France is", "Once upon a time", "def fibonacci(n):", "List three colours:",
    "The quick brown fox", "In 1969,", "Water boils at", "你好，请问", "A recipe for bread:", "My favourite book",
    "SELECT name FROM", "To whom it may concern,", "E = mc", "Why is the sky blue?", "Monday, Tuesday,",
    "She opened the door and",
  ]

  private static func prompt(_ index: Int) -> String {
    // Sixteen beginnings, each short, longer, and long enough to span several blocks and chunks.
    let filler = String(repeating: "Some words come before. ", count: [0, 1, 3, 7][index / 16])
    return filler + words[index % 16]
  }

  @Test(
    "64 prompts on OpenBLAS in fp32 give the same greedy answers in every batching, but for near-ties below 1e-4",
    .enabled(if: ProcessInfo.processInfo.environment["QUIRE_TEST_MODEL"] != nil))
  func realModel() throws {
    let path = ProcessInfo.processInfo.environment["QUIRE_TEST_MODEL"]!
    // In fp32 throughout: the f16 cache makes a rounding step of a last bit that OpenBLAS changed with the shape.
    func context(_ configuration: EngineConfiguration) throws -> ModelContext {
      var configuration = configuration
      configuration.matmul = .openblas
      configuration.dtype = .float32
      return try ModelContext.load(path, configuration: configuration)
    }
    let reference = try context(EngineConfiguration(maxNumSeqs: 64))
    let preparer = reference.preparer
    let params = SamplingParams(temperature: 0, ignoreEOS: true, maxTokens: 24)
    let requests = try (0..<64).map { index in
      return try preparer.numbered(id: UInt64(index), .text(Self.prompt(index)), params)
    }
    let blockBytes = reference.kvCachePlan.bytesPerBlock
    let alone = try run(reference, requests).tokenIDs
    let others: [(String, EngineConfiguration, preempts: Bool)] = [
      ("max-num-seqs 1", EngineConfiguration(maxNumSeqs: 1), false),
      ("max-num-seqs 7", EngineConfiguration(maxNumSeqs: 7), false),
      ("max-num-batched-tokens 32", EngineConfiguration(maxNumSeqs: 64, maxNumBatchedTokens: 32), false),
      (
        "max-num-seqs 7, max-num-batched-tokens 32, block-size 8",
        EngineConfiguration(maxNumSeqs: 7, maxNumBatchedTokens: 32, blockSize: 8), false
      ),
      (
        "a cache of 60 blocks",
        EngineConfiguration(maxNumSeqs: 64, kvCacheMemory: 60 * blockBytes), true
      ),
    ]
    for (name, configuration, preempts) in others {
      let answers = try run(try context(configuration), requests)
      let nearTies = try Self.checkNearTies(reference, requests, alone, answers.tokenIDs)
      print("\(name): \(nearTies) near-ties below 1e-4, \(answers.preemptionCount) preemptions")
      #expect((answers.preemptionCount > 0) == preempts)
    }
  }

  /// Every difference must begin at a position whose two best logits are closer than 1e-4; returns their number.
  private static func checkNearTies(
    _ context: ModelContext, _ requests: [NumberedRequest], _ first: [[Int32]], _ second: [[Int32]]
  ) throws -> Int {
    var count = 0
    for (request, (a, b)) in zip(requests, zip(first, second)) where a != b {
      let position = zip(a, b).prefix { $0 == $1 }.count
      let gap = try gapOfTheTwoBest(context, request.promptTokenIDs + a[..<position])
      #expect(gap < 1e-4, "request \(request.id) differs at \(position), where the gap is \(gap)")
      count += 1
    }
    return count
  }

  private static func gapOfTheTwoBest(_ context: ModelContext, _ tokenIDs: [Int32]) throws -> Float {
    let model = try ModelLoading.load(
      context.package, backend: .openblas, team: ThreadTeam(threadCount: 1))
    let blockCount = (tokenIDs.count + 15) / 16
    let cache = KVCache(shape: model.shape, blockCount: blockCount, blockSize: 16, element: .float32)
    let workspace = model.makeWorkspace(maxTokenCount: tokenIDs.count, maxLogitRowCount: 1)
    var batch = ModelBatch()
    batch.append(
      tokens: tokenIDs[...], contextStart: 0, blockTable: (0..<Int32(blockCount)).map { $0 }, logits: .last)
    let row = try model.forward(batch, cache: cache, workspace: workspace).row(0).sorted(by: >)
    return row[0] - row[1]
  }

  @Test(
    "mixed requests on a tiny model: alone, together, shuffled, in small chunks, with preemption",
    arguments: TinyModel.Weights.allCases)
  func tinyModel(weights: TinyModel.Weights) throws {
    let model = try TinyModel(weights: weights)
    let context = try ModelContext.load(model.path, configuration: EngineConfiguration(maxNumSeqs: 1))
    let preparer = context.preparer
    var random = TestRandom(seed: 3)
    let requests = try (0..<48).map { index in
      var params = SamplingParams(
        temperature: index % 3 == 0 ? 0 : 0.9, maxTokens: 1 + Int.random(in: 0..<30, using: &random))
      params.topK = [0, 5, 40][index % 3]
      params.topP = [1, 0.9][index % 2]
      params.repetitionPenalty = [1, 1.3][(index / 2) % 2]
      let text = String(repeating: "word ", count: 1 + Int.random(in: 0..<12, using: &random))
      return try preparer.numbered(id: UInt64(index), .text(text), params, key: UInt64(index) &* 977)
    }
    let alone = try run(context, requests).tokenIDs
    let blockBytes = context.kvCachePlan.bytesPerBlock / 16
    for configuration in [
      EngineConfiguration(maxNumSeqs: 64), EngineConfiguration(maxNumSeqs: 7, maxNumBatchedTokens: 13),
      EngineConfiguration(maxNumSeqs: 64, maxNumBatchedTokens: 16, blockSize: 4),
      EngineConfiguration(maxNumSeqs: 64, blockSize: 4, kvCacheMemory: blockBytes * 4 * 40),
      EngineConfiguration(maxNumSeqs: 64, threads: 1),
    ] {
      let shuffled = requests.shuffled(using: &random)
      let answers = try run(try ModelContext.load(model.path, configuration: configuration), shuffled)
      for (request, ids) in zip(shuffled, answers.tokenIDs) {
        #expect(ids == alone[Int(request.id)], "request \(request.id) in \(configuration)")
      }
      if configuration.kvCacheMemory != nil { #expect(answers.preemptionCount > 0) }
    }
  }
}
