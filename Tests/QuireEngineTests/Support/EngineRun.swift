import QuireRequests
import QuireEngine

/// What one engine answered to some requests, and what it did.
struct EngineRun {
  /// The outputs by the requests' ids.
  private(set) var outputs: [UInt64: RequestOutput] = [:]
  /// Why others have none.
  private(set) var errors: [UInt64: RequestError] = [:]
  let statistics: EngineStatistics

  /// Runs requests to their end, with the drafts that a function says of prompt and output.
  init(
    _ context: ModelContext, _ requests: [NumberedRequest], draft: (([Int32]) -> [Int32])? = nil
  ) throws {
    let engine = try LLMEngine(context: context)
    if let draft { engine.draft = draft }
    for request in requests { try engine.add(request) }
    while engine.unfinishedRequestCount > 0 {
      for request in engine.step() {
        switch request.result {
        case .success(let output): outputs[request.id] = output
        case .failure(let error): errors[request.id] = error
        }
      }
    }
    statistics = engine.statistics
  }
}

/// A prepared request under the id that a test gives it.
struct NumberedRequest {
  var id: UInt64
  let prepared: PreparedRequest

  var params: SamplingParams { prepared.params }
  var promptTokenIDs: [Int32] { prepared.promptTokenIDs }
}

extension PromptPreparer {
  /// A request under an id.
  func numbered(
    id: UInt64 = 0, _ prompt: Prompt, _ params: SamplingParams, key: UInt64 = 0
  ) throws(RequestError) -> NumberedRequest {
    NumberedRequest(id: id, prepared: try prepare(prompt, params: params, randomKey: key))
  }
}

extension LLMEngine {
  func add(_ request: NumberedRequest) throws(RequestError) { try add(request.prepared, id: request.id) }
}
