import Dispatch
package import QuireRequests
import Synchronization

/// Engines side by side over one copy of the weights, each with a thread team, a scheduler and a share of the KV cache of
/// its own: to a job they are one engine.
///
/// The engines make their steps on threads of their own, whether the job looks or not; ``step()`` waits for what has come
/// of them. What belongs to the job's thread says so; one job at a time uses a group. Which engine answers a request
/// changes no bit of the answer.
package final class EngineGroup: @unchecked Sendable {
  /// Tokens that a request's prompt has in common with the one before, at least, for them to be together.
  private static let leastSharedCount = 64
  /// The names of an engine's sequences begin so far after those of the engine before.
  private static let sequenceIDStride: UInt64 = 1_000_000_000_000

  /// Throws where no engine could ever run a request; usable on any thread.
  package let admit: @Sendable (PreparedRequest) throws(RequestError) -> Void
  /// What the steps since the last but one call of ``step()`` drew for requests that go on.
  package private(set) var draws: [StepDraw] = []
  /// Told of each step, on the job's thread; nil for nobody.
  package var observer: (any StepObserver)? {
    didSet { log.isRead = observer != nil }
  }

  private let shares: [EngineShare]
  private let bell: DispatchSemaphore
  private let log: StepLog
  /// Where each request is that has not ended.
  private var places: [UInt64: Int] = [:]
  /// The prompt of the request that each engine was given last.
  private var lastPrompts: [[Int32]]

  /// Loads the weights once, on all threads, and makes the engines of the context's layout.
  ///
  /// Throws as `LLMEngine.init(context:)` does.
  package convenience init(context: ModelContext) throws(EngineError) {
    let model = try LoadedModel(context: context)
    var engines: [LLMEngine] = []
    for (number, threadCount) in context.layout.threadCounts.enumerated() {
      engines.append(
        LLMEngine(
          model, threadCount: threadCount, firstSequenceID: UInt64(number) * Self.sequenceIDStride))
    }
    self.init(engines)
  }

  /// A group of engines of one context that nobody else keeps.
  private init(_ engines: [LLMEngine]) {
    let bell = DispatchSemaphore(value: 0)
    let log = StepLog(engineCount: engines.count)
    shares = engines.enumerated().map { number, engine in
      let share = EngineShare(EngineDriver(engine: EngineBox(engine), maxInFlight: 1), bell: bell)
      engine.observer = StepLog.Writer(log, engine: number, share)
      return share
    }
    admit = shares[0].admit
    lastPrompts = Array(repeating: [], count: engines.count)
    (self.bell, self.log) = (bell, log)
  }

  /// Number of engines.
  package var engineCount: Int { shares.count }

  // MARK: - The job's thread

  /// Requests that have been added and of which ``step()`` has not returned the end.
  package var unfinishedRequestCount: Int { places.count }

  /// Hands a request to one of the engines; throws where it can never be run.
  ///
  /// - Returns: the number of tokens that it goes on from; 0 where it begins anew.
  package func add(
    _ request: PreparedRequest, id: UInt64, resuming draws: [RecordedDraw]
  ) throws(RequestError) -> Int {
    let place = place(for: request.promptTokenIDs)
    let tokenCount = try shares[place].add(request, id: id, resuming: draws)
    places[id] = place
    lastPrompts[place] = request.promptTokenIDs
    return tokenCount
  }

  /// The engine with the fewest requests; or the one whose latest prompt has most in common with this one at its start, as
  /// long as it has no more than an eighth more than the fewest: it finds the common beginning in its prefix cache.
  private func place(for prompt: [Int32]) -> Int {
    let counts = shares.map(\.unfinishedRequestCount)
    let fewest = counts.min() ?? 0
    var best = (place: counts.firstIndex(of: fewest) ?? 0, sharedCount: Self.leastSharedCount - 1)
    for place in shares.indices where counts[place] <= fewest + fewest / 8 {
      let last = lastPrompts[place]
      let limit = min(last.count, prompt.count)
      let sharedCount = (0..<limit).first { last[$0] != prompt[$0] } ?? limit
      if sharedCount > best.sharedCount { best = (place, sharedCount) }
    }
    return best.place
  }

  /// Drops a request, within a step of its engine; nothing of it is told any more.
  package func abort(requestID: UInt64) {
    guard let place = places.removeValue(forKey: requestID) else { return }
    shares[place].abort(requestID: requestID)
  }

  /// Waits until a step of some engine has brought something, for a little while at most, and returns the requests that
  /// have finished.
  package func step() -> [FinishedRequest] {
    // Rings of engines whose mail was taken with that of others.
    while bell.wait(timeout: .now()) == .success {}
    if let finished = takeMail() { return finished }
    _ = bell.wait(timeout: .now() + EngineShare.patience)
    return takeMail() ?? []
  }

  /// What has come since the last time; nil where nothing has.
  private func takeMail() -> [FinishedRequest]? {
    var finished: [FinishedRequest] = []
    draws.removeAll(keepingCapacity: true)
    for share in shares {
      guard let ended = share.takeMail() else { continue }
      finished += ended
      draws += share.draws
    }
    for request in finished { places[request.id] = nil }
    // After them: an engine writes a step down before it tells what ended with it.
    if let observer { for step in log.take() { observer.observe(step) } }
    return finished.isEmpty && draws.isEmpty ? nil : finished
  }

  /// Whether ``draws`` is kept.
  package var recordsDraws: Bool {
    get { shares[0].recordsDraws }
    set { for share in shares { share.recordsDraws = newValue } }
  }

  /// What all engines have done since they were made, as of their last steps.
  package var statistics: EngineStatistics { EngineStatistics(sumOf: shares.map(\.statistics)) }
  /// Whether a key or value was too large for the numbers of some engine's KV cache.
  package var cacheHasSaturated: Bool { shares.contains(where: \.cacheHasSaturated) }
}

/// The steps of engines side by side, on their way to one who watches them all.
private final class StepLog: Sendable {
  private struct State {
    var isRead = false
    var steps: [StepRecord] = []
    /// What each engine had to do in its last step; nil before the first.
    var loads: [EngineLoad?]
  }

  private let state: Mutex<State>

  init(engineCount: Int) {
    state = Mutex(State(loads: Array(repeating: nil, count: engineCount)))
  }

  /// Whether steps are kept.
  var isRead: Bool {
    get { state.withLock(\.isRead) }
    set {
      state.withLock { state in
        state.isRead = newValue
        if !newValue { state.steps = [] }
      }
    }
  }

  /// The steps since the last call.
  func take() -> [StepRecord] {
    state.withLock { state in
      defer { state.steps = [] }
      return state.steps
    }
  }

  /// Takes in a step, with the load of all engines in place of its own, and the job's names of its requests.
  func add(_ step: StepRecord, engine: Int, _ share: EngineShare?) {
    guard isRead, let share else { return state.withLock { $0.loads[engine] = step.load } }
    var step = step
    step.engine = engine
    share.renameRequests(of: &step)
    state.withLock { state in
      state.loads[engine] = step.load
      guard state.isRead else { return }
      step.load = EngineLoad(sumOf: state.loads.compactMap { $0 })
      state.steps.append(step)
    }
  }

  /// Writes down the steps of one engine.
  final class Writer: StepObserver {
    private let log: StepLog
    private let engine: Int
    /// Owns the engine, which owns this.
    private weak var share: EngineShare?

    init(_ log: StepLog, engine: Int, _ share: EngineShare) {
      (self.log, self.engine, self.share) = (log, engine, share)
    }

    func observe(_ step: StepRecord) { log.add(step, engine: engine, share) }
  }
}
