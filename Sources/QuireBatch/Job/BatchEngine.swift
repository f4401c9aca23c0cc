package import QuireEngine
package import QuireRequests

/// What the job asks of an engine: take requests, make a step, hand back what has finished.
package protocol BatchEngine: AnyObject {
  /// Throws where the engine could never run a request; usable on any thread, beside the steps.
  var admit: @Sendable (PreparedRequest) throws(RequestError) -> Void { get }
  /// Takes a request in; throws where it can never be run, with nothing changed.
  ///
  /// - Parameter draws: what an engine of an earlier run drew for it, in order.
  /// - Returns: the number of tokens that the request goes on from; 0 where it begins anew.
  func add(
    _ request: PreparedRequest, id: UInt64, resuming draws: [RecordedDraw]
  ) throws(RequestError) -> Int
  /// Requests taken in that have neither finished nor been aborted.
  var unfinishedRequestCount: Int { get }
  /// Makes one step and returns the requests that finished in it.
  func step() throws -> [FinishedRequest]
  /// Whether ``draws`` is kept.
  var recordsDraws: Bool { get set }
  /// What the last step drew for requests that go on.
  var draws: [StepDraw] { get }
  /// Drops a request; it is not returned any more.
  func abort(requestID: UInt64)
  /// Tokens generated since the engine was made, for progress.
  var generatedTokenCount: Int { get }
  /// Prompt tokens computed since the engine was made, or found in its cache, again where they were lost; for progress.
  var computedPromptTokenCount: Int { get }
  /// Told of each step; nil for nobody.
  var observer: (any StepObserver)? { get set }
  /// How often a sequence lost its cache blocks to another, for the summary.
  var preemptionCount: Int { get }
  /// Whether a key or value was too large for the KV cache's numbers.
  var cacheHasSaturated: Bool { get }
}

extension LLMEngine: BatchEngine {
  /// Throws where cache or step could never hold a request.
  package var admit: @Sendable (PreparedRequest) throws(RequestError) -> Void {
    let admission = context.admission
    return { request throws(RequestError) in try admission.check(request) }
  }

  /// Takes a request in whose tokens nobody waits for.
  package func add(
    _ request: PreparedRequest, id: UInt64, resuming draws: [RecordedDraw]
  ) throws(RequestError) -> Int {
    try add(request, id: id, reportsUpdates: false, resuming: draws)
  }

  /// Makes one step, and returns the requests that it finished.
  package func step() -> [FinishedRequest] { step(update: { _, _ in }) }

  /// Tokens generated since the engine was made.
  package var generatedTokenCount: Int { statistics.outputTokenCount }
  /// Prompt tokens computed since the engine was made, or found in its cache.
  package var computedPromptTokenCount: Int { statistics.promptTokenCount + statistics.prefixHitTokenCount }
  /// How often a sequence lost its cache blocks to another.
  package var preemptionCount: Int { statistics.preemptionCount }
}

extension EngineGroup: BatchEngine {
  /// Tokens generated since the engines were made.
  package var generatedTokenCount: Int { statistics.outputTokenCount }
  /// Prompt tokens computed since the engines were made, or found in their caches.
  package var computedPromptTokenCount: Int { statistics.promptTokenCount + statistics.prefixHitTokenCount }
  /// How often a sequence lost its cache blocks to another.
  package var preemptionCount: Int { statistics.preemptionCount }
}

extension EngineShare: BatchEngine {
  /// Nobody: the steps are watched by who owns the engine, and hold requests that are none of the job's.
  package var observer: (any StepObserver)? {
    get { nil }
    set { precondition(newValue == nil, "a job that shares an engine cannot watch its steps") }
  }

  /// Tokens generated since the engine was made, those of live requests among them.
  package var generatedTokenCount: Int { statistics.outputTokenCount }
  /// Prompt tokens computed since the engine was made, those of live requests among them.
  package var computedPromptTokenCount: Int { statistics.promptTokenCount + statistics.prefixHitTokenCount }
  /// How often a sequence lost its cache blocks to another.
  package var preemptionCount: Int { statistics.preemptionCount }
}
