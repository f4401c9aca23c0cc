import QuireRequests
@testable import QuireEngine
@testable import QuireBatch

extension RunFacts {
  /// Facts of a model that there is none of, with 40 blocks.
  static let test: RunFacts = {
    let configuration = EngineConfiguration(
      maxNumSeqs: 6, maxNumBatchedTokens: 24, blockSize: 4, kvCacheMemory: 40_000)
    let plan = try! KVCachePlan(
      configuration: configuration, modelLength: 512, windows: [nil], bytesPerLayer: 1000, otherBytes: 0,
      availableBytes: nil)
    return RunFacts(
      version: "1.2.3", modelName: "a <model>", loadTime: .milliseconds(1500), threadCount: 2,
      instructionSet: "avx2", seed: 7, kvCachePlan: plan, configuration: configuration)
  }()
}
