import Dispatch
package import QuireRequests
import Synchronization

/// A job's part of an engine that answers live requests as well: to the job's thread it is an engine.
///
/// The engine makes its steps on a thread of its own, whether the job looks or not, and the job's requests stand in the
/// same batches as the live ones, which go first. ``step()`` waits for what has come of the job's. All but
/// ``admit`` belongs to the job's thread; one job at a time uses it.
package final class EngineShare: @unchecked Sendable {
  /// What comes from the engine's thread.
  private struct Mail {
    /// The job's name of each request that is in the engine, by the engine's.
    var jobIDs: [UInt64: UInt64] = [:]
    var finished: [FinishedRequest] = []
    var draws: [StepDraw] = []
    var recordsDraws = false
    var statistics = EngineStatistics()
    var cacheHasSaturated = false
    /// Whether the job's thread waits.
    var isAwaited = false
  }

  /// How long the job's thread looks away from signals and the like.
  static let patience = DispatchTimeInterval.milliseconds(50)

  /// Throws where the engine could never run a request; usable on any thread.
  package let admit: @Sendable (PreparedRequest) throws(RequestError) -> Void
  /// What the steps since the last but one call of ``step()`` drew for requests that go on.
  package private(set) var draws: [StepDraw] = []

  private let driver: EngineDriver
  private let mail = Mutex(Mail())
  private let bell: DispatchSemaphore
  /// The engine's names of the requests, by the job's.
  private var engineIDs: [UInt64: UInt64] = [:]

  /// A part of the engine that `driver` runs.
  package convenience init(_ driver: EngineDriver) { self.init(driver, bell: DispatchSemaphore(value: 0)) }

  /// - Parameter bell: rung when something has come after ``takeMail()`` has found nothing.
  init(_ driver: EngineDriver, bell: DispatchSemaphore) {
    (self.driver, self.bell) = (driver, bell)
    let admission = driver.context.admission
    admit = { request throws(RequestError) in try admission.check(request) }
  }

  // MARK: - The job's thread

  /// Requests that have been added and of which ``step()`` has not returned the end.
  package var unfinishedRequestCount: Int { engineIDs.count }

  /// Hands a request over, behind the job's others and all live ones; throws where it can never be run.
  ///
  /// - Returns: the number of tokens that it goes on from; 0 where it begins anew.
  package func add(
    _ request: PreparedRequest, id: UInt64, resuming draws: [RecordedDraw]
  ) throws(RequestError) -> Int {
    try admit(request)
    let resumed = driver.context.resumed(request, draws, reportsUpdates: false)
    let engineID = driver.makeID()
    engineIDs[id] = engineID
    mail.withLock { $0.jobIDs[engineID] = id }
    driver.submit(
      EngineDriver.Submission(
        request: request, id: engineID, stream: engineID, resumed: resumed, share: self
      ) { [self] event in
        if case .end(let result) = event { end(engineID, result) }
      })
    return resumed?.outputTokenCount ?? 0
  }

  /// Drops a request, within a step of the engine; nothing of it is told any more.
  package func abort(requestID: UInt64) {
    guard let engineID = engineIDs.removeValue(forKey: requestID) else { return }
    mail.withLock { mail in
      mail.jobIDs[engineID] = nil
      // The job may give its name to another request, whose end that of this one is not.
      mail.finished.removeAll { $0.id == requestID }
      mail.draws.removeAll { $0.requestID == requestID }
    }
    driver.abandon(engineID)
  }

  /// Waits until a step has brought something for the job, for a little while at most, and returns the requests that have
  /// finished.
  package func step() -> [FinishedRequest] {
    if let finished = takeMail() { return finished }
    _ = bell.wait(timeout: .now() + Self.patience)
    return takeMail() ?? []
  }

  /// The requests that have finished since the last time; nil where nothing has come, draws neither.
  func takeMail() -> [FinishedRequest]? {
    let (finished, drawn) = mail.withLock { mail in
      mail.isAwaited = mail.finished.isEmpty && mail.draws.isEmpty
      defer { (mail.finished, mail.draws) = ([], []) }
      return (mail.finished, mail.draws)
    }
    draws = drawn
    for request in finished { engineIDs[request.id] = nil }
    return finished.isEmpty && drawn.isEmpty ? nil : finished
  }

  /// Whether ``draws`` is kept.
  package var recordsDraws: Bool {
    get { mail.withLock(\.recordsDraws) }
    set { mail.withLock { $0.recordsDraws = newValue } }
  }

  /// What the engine has done since it was made, for live requests, too, as of its last step for this job.
  package var statistics: EngineStatistics { mail.withLock(\.statistics) }
  /// Whether a key or value was too large for the KV cache's numbers.
  package var cacheHasSaturated: Bool { mail.withLock(\.cacheHasSaturated) }

  // MARK: - The engine's thread

  /// Whether any of the job's requests is in the engine.
  var hasRequests: Bool { mail.withLock { !$0.jobIDs.isEmpty } }

  /// A request has ended; one that was dropped is nobody's.
  private func end(_ engineID: UInt64, _ result: Result<RequestOutput, RequestError>) {
    mail.withLock { mail in
      guard let id = mail.jobIDs.removeValue(forKey: engineID) else { return }
      mail.finished.append(FinishedRequest(id: id, result: result))
      wake(&mail)
    }
  }

  /// Calls the requests of a step by the job's names; one that the job has dropped has a name that no other has.
  func renameRequests(of step: inout StepRecord) {
    mail.withLock { mail in step.renameRequests { mail.jobIDs[$0] ?? .max } }
  }

  /// Takes what a step has drawn.
  func note(_ engine: LLMEngine) {
    let (statistics, cacheHasSaturated) = (engine.statistics, engine.cacheHasSaturated)
    mail.withLock { mail in
      mail.statistics = statistics
      mail.cacheHasSaturated = cacheHasSaturated
      guard mail.recordsDraws else { return }
      for draw in engine.draws {
        guard let id = mail.jobIDs[draw.requestID] else { continue }
        mail.draws.append(StepDraw(requestID: id, draw: draw.draw))
      }
      if !mail.draws.isEmpty { wake(&mail) }
    }
  }

  private func wake(_ mail: inout Mail) {
    guard mail.isAwaited else { return }
    mail.isAwaited = false
    bell.signal()
  }
}
