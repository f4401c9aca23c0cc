import Dispatch
package import QuireRequests
import Synchronization

/// Lets the engine cross to its own queue; nothing else may touch it after that.
package struct EngineBox: @unchecked Sendable {
  let engine: LLMEngine
  /// Boxes an engine that nobody else keeps.
  package init(_ engine: LLMEngine) { self.engine = engine }
}

/// Runs the synchronous engine on a queue of its own, fed from any task.
package final class EngineDriver: Sendable {
  private struct Submission {
    var request: GenerationRequest
    /// The caller's own number of the request.
    let callerID: UInt64
    /// The stream that it belongs to, which may be abandoned as a whole.
    let stream: UInt64
    let deliver: @Sendable (RequestOutput) -> Void
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
  package static func onThread<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global(qos: .userInitiated).async {
        continuation.resume(with: Result(catching: work))
      }
    }
  }

  /// A number that nothing else of this engine has.
  private func makeID() -> UInt64 {
    inbox.withLock { inbox in
      defer { inbox.nextID += 1 }
      return inbox.nextID
    }
  }

  /// Hands a request to the engine and starts its loop where it rests.
  private func submit(
    _ request: GenerationRequest, stream: UInt64, deliver: @escaping @Sendable (RequestOutput) -> Void
  ) {
    var own = request
    own.id = makeID()
    let submission = Submission(
      request: own, callerID: request.id, stream: stream, deliver: deliver)
    let start = inbox.withLock { inbox in
      inbox.submissions.append(submission)
      defer { inbox.isRunning = true }
      return !inbox.isRunning
    }
    if start { queue.async { [self] in loop() } }
  }

  /// Tells the engine that nobody waits for the outputs of a stream any more.
  private func abandon(_ stream: UInt64) {
    inbox.withLock { $0.abandonedStreams.append(stream) }
  }

  /// The step loop, until nothing is left to do.
  private func loop() {
    let engine = box.engine
    var owners: [UInt64: Submission] = [:]
    func deliver(_ output: RequestOutput) {
      guard let owner = owners.removeValue(forKey: output.requestID) else { return }
      var output = output
      output.requestID = owner.callerID
      owner.deliver(output)
    }
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
      guard let arrived else { return }
      for submission in arrived.submissions {
        let request = submission.request
        owners[request.id] = submission
        do {
          try engine.add(request)
        } catch {
          deliver(
            RequestOutput(
              requestID: request.id, promptTokenIDs: request.promptTokenIDs, error: error))
        }
      }
      for stream in arrived.abandoned {
        for id in owners.filter({ $0.value.stream == stream }).keys {
          owners[id] = nil
          engine.abort(requestID: id)
        }
      }
      for output in engine.step() { deliver(output) }
    }
  }
}

/// A request that could not even be prepared, with its place in the stream.
package struct UnpreparedRequest: Error {
  /// Place in the stream, from 0.
  package let index: Int
  /// Why it cannot be carried out.
  package let refusal: RequestError

  /// A refused request; each argument is the field of its name.
  package init(index: Int, refusal: RequestError) {
    self.index = index
    self.refusal = refusal
  }
}

extension EngineDriver {
  /// Hands a prepared request, or the refusal of one, to the engine when there is room; false when nobody waits for
  /// outputs any more.
  package typealias Submit = @Sendable (Result<GenerationRequest, UnpreparedRequest>) async -> Bool

  /// The outputs of whatever `feed` submits, in order of completion. `feed` runs in a task that is cancelled when nobody
  /// waits for them any more.
  package func outputs(
    feed: @escaping @Sendable (_ submit: @escaping Submit) async throws -> Void
  ) -> OutputChannel {
    let stream = makeID()
    let channel = OutputChannel(slotCount: maxInFlight) { [self] in
      abandon(stream)
    }
    channel.feed { [self] in
      do {
        try await feed { [self] result in
          guard await channel.takeSlot() else { return false }
          switch result {
          case .success(let request):
            submit(request, stream: stream) { channel.put($0) }
            // Abandoned since the slot was taken, and perhaps before the engine knew of this request.
            if channel.isCancelled { abandon(stream) }
          case .failure(let unprepared):
            channel.put(
              RequestOutput(requestID: UInt64(unprepared.index), error: unprepared.refusal))
          }
          return true
        }
        channel.finishFeeding()
      } catch {
        channel.finishFeeding(throwing: error)
      }
    }
    return channel
  }
}
