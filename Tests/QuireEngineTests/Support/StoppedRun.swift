import QuireEngine
import QuireRequests

/// A run that is stopped after some steps and goes on in other engines, as a job that is killed and started again does.
struct StoppedRun {
  private let requests: [NumberedRequest]
  /// What each request was answered, or why it was not.
  private(set) var results: [UInt64: Result<RequestOutput, RequestError>] = [:]
  /// What was drawn for the requests that go on.
  private(set) var draws: [UInt64: [RecordedDraw]] = [:]
  /// Tokens that were drawn in all engines.
  private(set) var drawnTokenCount = 0
  /// Tokens that engines took over, over all of them.
  private(set) var resumedTokenCount = 0
  private(set) var preemptionCount = 0
  /// Requests with draws that began anew all the same.
  private(set) var restartedRequestIDs: [UInt64] = []

  init(_ requests: [NumberedRequest]) { self.requests = requests }

  var isOver: Bool { results.count == requests.count }
  var outputs: [UInt64: RequestOutput] { results.compactMapValues { try? $0.get() } }

  /// Makes steps in a new engine, at most `stepCount` of them, with the drafts that a function says.
  mutating func go(
    on context: ModelContext, stepCount: Int = .max, draft: (([Int32]) -> [Int32])? = nil
  ) throws {
    let engine = try LLMEngine(context: context)
    if let draft { engine.draft = draft }
    engine.recordsDraws = true
    for request in requests where results[request.id] == nil {
      let earlier = draws[request.id] ?? []
      let tokenCount = try engine.add(request.prepared, id: request.id, resuming: earlier)
      if tokenCount == 0 && !earlier.isEmpty { restartedRequestIDs.append(request.id) }
    }
    while engine.unfinishedRequestCount > 0, engine.statistics.stepCount < stepCount {
      for request in engine.step() {
        results[request.id] = request.result
        draws[request.id] = nil
      }
      for draw in engine.draws { draws[draw.requestID, default: []].append(draw.draw) }
    }
    drawnTokenCount += engine.statistics.outputTokenCount
    resumedTokenCount += engine.statistics.resumedTokenCount
    preemptionCount += engine.statistics.preemptionCount
  }
}
