package import QuireEngine
import QuireRequests
import Synchronization

/// An engine that one run at a time may use, from any thread.
final class EngineOwner: @unchecked Sendable {
  private let engine: any BatchEngine
  private let turn = Mutex(())

  /// Owns an engine that nobody else keeps.
  init(_ engine: any BatchEngine) { self.engine = engine }

  /// Lends the engine, once it is free.
  func withEngine<Value>(_ body: (any BatchEngine) -> Value) -> Value {
    turn.withLock { _ in body(engine) }
  }
}

/// Stands in for an engine where no line is left to compute, so that no weights have to be there.
final class IdleEngine: BatchEngine {
  let admit: @Sendable (PreparedRequest) throws(RequestError) -> Void
  private(set) var unfinishedRequestCount = 0
  var recordsDraws = false
  let draws: [StepDraw] = []
  var observer: (any StepObserver)?
  let (generatedTokenCount, computedPromptTokenCount, preemptionCount) = (0, 0, 0)
  let cacheHasSaturated = false

  /// - Parameter context: of the model that is not needed.
  init(_ context: ModelContext) {
    let admission = context.admission
    admit = { request throws(RequestError) in try admission.check(request) }
  }

  func add(
    _ request: PreparedRequest, id: UInt64, resuming draws: [RecordedDraw]
  ) throws(RequestError) -> Int {
    unfinishedRequestCount += 1
    return 0
  }

  func step() throws -> [FinishedRequest] {
    throw IOError(
      "the input has changed since the run began, when all of it was answered; run the command again")
  }

  func abort(requestID: UInt64) {}
}

extension ModelContext {
  /// Loads the weights, and makes the engine that answers a job, or the engines side by side.
  ///
  /// Throws `EngineError` where the weights cannot be used, or where cache and weights cannot be mapped.
  package func makeBatchEngine() throws(EngineError) -> any BatchEngine {
    layout.engineCount == 1 ? try LLMEngine(context: self) : try EngineGroup(context: self)
  }
}
