import Dispatch
package import QuireRequests
import Synchronization

/// Lets the engine cross to its own queue; nothing else may touch it after that.
package struct EngineBox: @unchecked Sendable {
  let engine: LLMEngine
  /// Boxes an engine that nobody else keeps.
  package init(_ engine: LLMEngine) { self.engine = engine }
}

/// What the owner of a request is told.
package enum EngineEvent: Sendable {
  /// Something is new of an answer; only where the owner asked to be told.
  case update(RequestUpdate)
  /// The request has ended, and nothing follows.
  case end(Result<RequestOutput, RequestError>)
}

/// Runs the synchronous engine on a queue of its own, fed from any task.
///
/// Requests of streams are urgent: they go before those of jobs that share the engine (``EngineShare``).
package final class EngineDriver: Sendable {
  /// A request on its way to the engine. What it goes on from belongs to whoever has it.
  struct Submission: @unchecked Sendable {
    let request: PreparedRequest
    let id: UInt64
    /// The stream that it belongs to, which may be abandoned as a whole.
    let stream: UInt64
    var reportsUpdates = false
    /// What it goes on from; nil where it begins.
    var resumed: ResumedRequest?
    /// The job that it belongs to; nil for a stream.
    var share: EngineShare?
    let deliver: @Sendable (EngineEvent) -> Void
  }

  private struct Inbox {
    var submissions: [Submission] = []
    var abandonedStreams: [UInt64] = []
    var isRunning = false
    var nextID: UInt64 = 0
  }

  private let inbox = Mutex(Inbox())
  private let queue = DispatchQueue(label: "quire.engine", qos: .userInitiated)
  private let box: EngineBox
  private let maxInFlight: Int

  /// - Parameter maxInFlight: requests that are in flight or wait for their consumer, at most.
  package init(engine: EngineBox, maxInFlight: Int) {
    box = engine
    self.maxInFlight = maxInFlight
  }

  /// Runs blocking work away from the cooperative pool.
  package static func onThread<Value: Sendable, Failure>(
    _ work: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
      DispatchQueue.global(qos: .userInitiated).async {
        continuation.resume(returning: Result { () throws(Failure) in try work() })
      }
    }
    return try result.get()
  }

  /// The model that answers.
  var context: ModelContext { box.engine.context }

  /// A number that nothing else of this engine has.
  func makeID() -> UInt64 {
    inbox.withLock { inbox in
      defer { inbox.nextID += 1 }
      return inbox.nextID
    }
  }

  fileprivate func submit(
    _ request: PreparedRequest, stream: UInt64, reportsUpdates: Bool,
    deliver: @escaping @Sendable (EngineEvent) -> Void
  ) {
    submit(
      Submission(
        request: request, id: makeID(), stream: stream, reportsUpdates: reportsUpdates, deliver: deliver))
  }

  /// Hands a request to the engine and starts its loop where it rests.
  func submit(_ submission: Submission) {
    let start = inbox.withLock { inbox in
      inbox.submissions.append(submission)
      defer { inbox.isRunning = true }
      return !inbox.isRunning
    }
    if start { queue.async { [self] in loop() } }
  }

  /// Tells the engine that nobody waits for the outputs of a stream any more.
  func abandon(_ stream: UInt64) {
    inbox.withLock { $0.abandonedStreams.append(stream) }
  }

  /// The step loop, until nothing is left to do.
  private func loop() {
    let engine = box.engine
    var owners: [UInt64: Submission] = [:]
    // Jobs with requests in the engine.
    var shares: [EngineShare] = []
    while true {
      let isIdle = owners.isEmpty
      let arrived: (submissions: [Submission], abandoned: [UInt64])? = inbox.withLock { inbox in
        defer {
          inbox.submissions.removeAll()
          inbox.abandonedStreams.removeAll()
        }
        if isIdle && inbox.submissions.isEmpty {
          inbox.isRunning = false
          return nil
        }
        return (inbox.submissions, inbox.abandonedStreams)
      }
      guard let arrived else {
        engine.observer?.rest()
        return
      }
      for submission in arrived.submissions {
        do throws(RequestError) {
          try engine.add(
            submission.request, id: submission.id, reportsUpdates: submission.reportsUpdates,
            isUrgent: submission.share == nil, submission.resumed)
          // What it went on from is the engine's now.
          owners[submission.id] = submission.withoutResumption
          if let share = submission.share, !shares.contains(where: { $0 === share }) { shares.append(share) }
        } catch {
          submission.deliver(.end(.failure(error)))
        }
      }
      for stream in arrived.abandoned {
        for id in owners.filter({ $0.value.stream == stream }).keys {
          owners[id] = nil
          engine.abort(requestID: id)
        }
      }
      engine.recordsDraws = shares.contains { $0.recordsDraws }
      let finished = engine.step { id, update in owners[id]?.deliver(.update(update)) }
      for request in finished { owners.removeValue(forKey: request.id)?.deliver(.end(request.result)) }
      // A job whose last request has just ended has this step's counts, too.
      for share in shares { share.note(engine) }
      shares.removeAll { !$0.hasRequests }
    }
  }
}

extension EngineDriver.Submission {
  /// The same for those who only wait for its end.
  fileprivate var withoutResumption: Self {
    var copy = self
    copy.resumed = nil
    return copy
  }
}

/// The way of one stream's requests to the engine.
package struct RequestFeed<Element: Sendable>: Sendable {
  fileprivate let driver: EngineDriver
  fileprivate let stream: UInt64
  fileprivate let channel: OutputChannel<Element>

  /// Hands over a prepared request, or why there is none, when fewer than the allowed number wait; false when nobody waits any more.
  ///
  /// - Parameters:
  ///   - reportsUpdates: whether `element` is asked about updates, too.
  ///   - element: what the stream yields for an event; nil for nothing.
  package func submit(
    _ request: Result<PreparedRequest, RequestError>, reportsUpdates: Bool = false,
    _ element: @escaping @Sendable (EngineEvent) -> Element?
  ) async -> Bool {
    guard await channel.takeSlot() else { return false }
    switch request {
    case .success(let request):
      driver.submit(request, stream: stream, reportsUpdates: reportsUpdates) { [channel] event in
        let isLast = if case .end = event { true } else { false }
        channel.put(element(event), isLast: isLast)
      }
      // Abandoned since the slot was taken, and perhaps before the engine knew of this request.
      if channel.isCancelled { driver.abandon(stream) }
    case .failure(let error): channel.put(element(.end(.failure(error))), isLast: true)
    }
    return true
  }
}

extension RequestFeed {
  /// Ends the stream as its consumer would by leaving: what is in flight is abandoned within a step.
  package func cancel() { channel.cancel() }
}

extension EngineDriver {
  /// What the requests that `body` submits yield, as it comes. `body` runs in a task that is cancelled when nobody waits
  /// any more.
  package func outputs<Element>(
    _ body: @escaping @Sendable (RequestFeed<Element>) async throws -> Void
  ) -> OutputChannel<Element> {
    let stream = makeID()
    let channel = OutputChannel<Element>(slotCount: maxInFlight) { [self] in abandon(stream) }
    channel.feed { [self] in
      do {
        try await body(RequestFeed(driver: self, stream: stream, channel: channel))
        channel.finishFeeding()
      } catch {
        channel.finishFeeding(throwing: error)
      }
    }
    return channel
  }
}
