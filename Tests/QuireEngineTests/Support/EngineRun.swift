import QuireTestSupport
import QuireRequests
import QuireEngine

/// What one engine answered to some requests, and what it did.
struct EngineRun {
  private(set) var outputs: [UInt64: RequestOutput] = [:]
  let statistics: EngineStatistics

  /// Runs requests to their end.
  init(_ context: ModelContext, _ requests: [GenerationRequest]) throws {
    let engine = try LLMEngine(context: context)
    for request in requests { try engine.add(request) }
    while engine.unfinishedRequestCount > 0 {
      for output in engine.step() { outputs[output.requestID] = output }
    }
    statistics = engine.statistics
  }
}
