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

/// The requests of one body on their way through the engine: they end when all are answered, when their client leaves, or
/// when their time is over.
struct EngineCall: Sendable {
  let driver: EngineDriver
  /// One for each prompt; all of them are under way together.
  let requests: [PreparedRequest]
  let connection: ClientConnection
  /// How long they may take from `arrival`; nil for any time.
  let answerTime: Duration?
  let arrival: ContinuousClock.Instant
  /// Among the requests that are taken in, held as long as the call is.
  let places: [AdmissionQueue.Place]

  /// What an engine says of one of the requests.
  private struct Event: Sendable {
    /// Its place among them, from 0.
    let number: Int
    let event: EngineEvent
  }

  /// What one part of a stream may take of all streams' time.
  private static let partTime = Duration.milliseconds(1)

  /// The whole answers, one for each request. Throws `HTTPError` where the model failed or the time is over, and
  /// `CancellationError` where the client has left.
  func outputs() async throws -> [RequestOutput] {
    try await run(Events(limit: nil), reportsUpdates: false) { _ in }
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
    let events = Events(limit: waitingLimit * requests.reduce(0) { $0 + $1.params.sampleCount })
    var times = LiveTimes(arrival: arrival)
    var parts = parts
    var waiting = GatheredUpdates()
    var buffer: [UInt8] = []
    var lastSent: ContinuousClock.Instant?
    // The sink belongs to this task, and so does the closure.
    nonisolated(unsafe) var target = sink
    defer { sink = target }
    do {
      let outputs = try await run(events, reportsUpdates: true) { update in
        events.took()
        let now = ContinuousClock.now
        times.updates.append(now)
        waiting.add(update)
        let gathers = lastSent.map { now - $0 < Self.partTime * places[0].requestCount } ?? false
        if gathers, update.output == nil { return }
        buffer += waiting.take().flatMap { parts.take($0) }.flatMap(ServerSentEvents.event)
        guard !buffer.isEmpty else { return }
        lastSent = now
        try await target.write(buffer)
        buffer.removeAll(keepingCapacity: true)
      }
      if let part = parts.finish() { buffer += ServerSentEvents.event(part) }
      for output in outputs { observer.answered(output, times) }
    } catch let error as HTTPError {
      // The status has been sent: what went wrong is an event, behind what was right.
      buffer += waiting.take().flatMap { parts.take($0) }.flatMap(ServerSentEvents.event)
      buffer += ServerSentEvents.event { error.write(to: &$0) }
    }
    try await target.write(buffer + ServerSentEvents.done)
  }

  /// The answers to all requests in their order, once the last is there.
  /// - Parameter take: told what is new of them, by the index of the choice among all.
  private func run(
    _ events: Events, reportsUpdates: Bool, _ take: (RequestUpdate) async throws -> Void
  ) async throws -> [RequestOutput] {
    let channel: OutputChannel<Event> = driver.outputs { [requests] feed in
      for (number, request) in requests.enumerated() {
        let goesOn = await feed.submit(.success(request), reportsUpdates: reportsUpdates) { event in
          if case .update = event, !events.put() { feed.cancel() }
          return Event(number: number, event: event)
        }
        guard goesOn else { return }
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
      var outputs: [RequestOutput?] = Array(repeating: nil, count: requests.count)
      while let event = try await channel.take() {
        switch event.event {
        case .update(var update):
          update.index += event.number * requests[event.number].params.n
          try await take(update)
        case .end(let result): outputs[event.number] = try result.get()
        }
      }
      guard outputs.allSatisfy({ $0 != nil }) else { throw CancellationError() }
      return outputs.compactMap(\.self)
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
