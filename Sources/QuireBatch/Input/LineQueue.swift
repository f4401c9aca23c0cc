import Dispatch
import Synchronization

/// Lines on their way from a task that makes them to the thread that answers them: a few at a time.
final class LineQueue: Sendable {
  private struct State {
    var lines: [String] = []
    var isFinished = false
    var isCancelled = false
    var failure: (any Error)?
    /// The task that makes lines, while the queue is full.
    var producer: CheckedContinuation<Bool, Never>?
  }

  /// Enough that the thread seldom waits for the task.
  private static let lineLimit = 64

  private let state = Mutex(State())
  private let arrival = DispatchSemaphore(value: 0)

  /// Puts a line in, once the queue is not full; false when nobody takes lines any more.
  func put(_ line: String) async -> Bool {
    let goesOn = state.withLock { state in
      state.lines.append(line)
      return !state.isCancelled
    }
    arrival.signal()
    guard goesOn else { return false }
    return await withCheckedContinuation { continuation in
      let answer: Bool? = state.withLock { state in
        if state.isCancelled { return false }
        if state.lines.count < Self.lineLimit { return true }
        state.producer = continuation
        return nil
      }
      if let answer { continuation.resume(returning: answer) }
    }
  }

  /// Ends the lines, for a reason where there is one.
  func finish(throwing failure: (any Error)? = nil) {
    state.withLock { state in
      state.isFinished = true
      state.failure = failure
    }
    arrival.signal()
  }

  /// Takes no more lines. Those who read are not told of an end, since the lines have not ended by themselves.
  func cancel() {
    let producer = state.withLock { state in
      state.isCancelled = true
      defer { state.producer = nil }
      return state.producer
    }
    producer?.resume(returning: false)
    arrival.signal()
  }

  /// Whether nobody wants lines any more.
  var isCancelled: Bool { state.withLock(\.isCancelled) }

  /// Why the lines ended, where they did not end by themselves.
  var failure: (any Error)? { state.withLock(\.failure) }

  /// The next line, nil where none has come within the time.
  fileprivate func take(waitMilliseconds: Int32) -> (line: String?, hasEnded: Bool) {
    let first = takeNow()
    guard first.line == nil, !first.hasEnded, waitMilliseconds > 0 else { return first }
    _ = arrival.wait(timeout: .now() + .milliseconds(Int(waitMilliseconds)))
    return takeNow()
  }

  private func takeNow() -> (line: String?, hasEnded: Bool) {
    let (line, hasEnded, producer) = state.withLock { state in
      guard !state.lines.isEmpty else {
        return (
          nil as String?, state.isFinished, nil as CheckedContinuation<Bool, Never>?
        )
      }
      defer { state.producer = nil }
      return (state.lines.removeFirst(), false, state.producer)
    }
    producer?.resume(returning: true)
    return (line, hasEnded)
  }
}

/// The lines of a queue.
final class QueuedTexts: TextSource {
  private let queue: LineQueue

  init(_ queue: LineQueue) { self.queue = queue }

  func next(waitMilliseconds: Int32) -> TextEvent {
    let (text, hasEnded) = queue.take(waitMilliseconds: waitMilliseconds)
    return text.map { .text($0) } ?? (hasEnded ? .end : .notReady)
  }
}
