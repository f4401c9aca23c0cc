import QuireEngine
import QuireJSON
import QuireOpenAI
package import QuireRequests
import Synchronization

/// When things happened to a request.
package struct LiveTimes: Sendable {
  /// When its body had come.
  package let arrival: ContinuousClock.Instant
  /// When each step came that had something new of the answer; empty where nobody asked.
  package var updates: [ContinuousClock.Instant] = []
}

/// Is told of the answers of a live engine, from any task.
package protocol LiveObserver: Sendable {
  /// A request was answered to its end.
  func answered(_ output: RequestOutput, _ times: LiveTimes)
}

/// One request on its way through the engine: ends when it is answered, when its client leaves, or when its time is over.
struct EngineCall: Sendable {
  let driver: EngineDriver
  let request: PreparedRequest
  let connection: ClientConnection
  /// How long it may take from `arrival`; nil for any time.
  let answerTime: Duration?
  let arrival: ContinuousClock.Instant
  /// Among the requests that are taken in, held as long as the call is.
  let place: AdmissionQueue.Place

  /// What one part of a stream may take of all streams' time.
  private static let partTime = Duration.milliseconds(1)

  /// The whole answer. Throws `HTTPError` where the model failed or the time is over, and `CancellationError` where the client
  /// has left.
  func output() async throws -> RequestOutput {
    let events = Events(limit: nil)
    return try await run(events, reportsUpdates: false) { channel in
      while let event = try await channel.take() {
        if case .end(let result) = event { return try result.get() }
      }
      throw CancellationError()
    }
  }

  /// Sends the answer in parts, each an event, and what ended it, also where that is an error.
  ///
  /// The more requests there are, the longer tokens are gathered into one part: a thousand parts a second over all streams cost
  /// little beside the engine, and a reader of one stream among a hundred sees ten parts a second. The first comes at once.
  ///
  /// - Parameter waitingLimit: updates of a sample that may wait for the client before it counts as gone.
  func send(
    _ parts: any AnswerStream, to sink: inout any ResponseSink, waitingLimit: Int,
    _ observer: any LiveObserver
  ) async throws {
    let events = Events(limit: waitingLimit * request.params.sampleCount)
    var times = LiveTimes(arrival: arrival)
    var parts = parts
    var waiting = GatheredUpdates()
    var buffer: [UInt8] = []
    var lastSent: ContinuousClock.Instant?
    // The sink belongs to this task, and so does the closure.
    nonisolated(unsafe) var target = sink
    defer { sink = target }
    do {
      let output = try await run(events, reportsUpdates: true) { channel in
        while let event = try await channel.take() {
          switch event {
          case .update(let update):
            events.took()
            let now = ContinuousClock.now
            times.updates.append(now)
            waiting.add(update)
            let gathers = lastSent.map { now - $0 < Self.partTime * place.requestCount } ?? false
            if gathers, update.output == nil { continue }
            buffer += waiting.take().flatMap { parts.take($0) }.flatMap(ServerSentEvents.event)
            guard !buffer.isEmpty else { continue }
            lastSent = now
            try await target.write(buffer)
            buffer.removeAll(keepingCapacity: true)
          case .end(let result): return try result.get()
          }
        }
        throw CancellationError()
      }
      if let part = parts.finish() { buffer += ServerSentEvents.event(part) }
      observer.answered(output, times)
    } catch let error as HTTPError {
      // The status has been sent: what went wrong is an event, behind what was right.
      buffer += waiting.take().flatMap { parts.take($0) }.flatMap(ServerSentEvents.event)
      buffer += ServerSentEvents.event { error.write(to: &$0) }
    }
    try await target.write(buffer + ServerSentEvents.done)
  }

  private func run<Value>(
    _ events: Events, reportsUpdates: Bool,
    _ body: (OutputChannel<EngineEvent>) async throws -> Value
  ) async throws -> Value {
    let channel: OutputChannel<EngineEvent> = driver.outputs { [request] feed in
      _ = await feed.submit(.success(request), reportsUpdates: reportsUpdates) { event in
        if case .update = event, !events.put() { feed.cancel() }
        return event
      }
    }
    let watch = connection.whenGone { channel.cancel() }
    let timer = answerTime.map { time in
      Task { [arrival] in
        try await Task.sleep(until: arrival + time, clock: .continuous)
        events.timeIsOver()
        channel.cancel()
      }
    }
    defer {
      timer?.cancel()
      connection.forget(watch)
      // Whoever stops taking, for whatever reason, stops the work.
      channel.cancel()
    }
    do {
      return try await body(channel)
    } catch let error as RequestError {
      throw HTTPError(InputError(error, in: JSONDialect()))
    } catch is CancellationError where events.isTimeOver {
      throw HTTPError(
        .gatewayTimeout, code: "request_timeout",
        "the answer took longer than \(answerTime?.components.seconds ?? 0) seconds; ask for fewer tokens")
    }
  }
}

/// How many updates wait for a client, and whether its time is over.
private final class Events: Sendable {
  private struct State {
    var waitingCount = 0
    var isTimeOver = false
  }

  private let limit: Int?
  private let state = Mutex(State())

  /// - Parameter limit: nil for any number.
  init(limit: Int?) { self.limit = limit }

  /// Counts one more; false where too many wait.
  func put() -> Bool {
    state.withLock { state in
      state.waitingCount += 1
      return limit.map { state.waitingCount <= $0 } ?? true
    }
  }

  func took() { state.withLock { $0.waitingCount -= 1 } }
  func timeIsOver() { state.withLock { $0.isTimeOver = true } }
  var isTimeOver: Bool { state.withLock(\.isTimeOver) }
}
