import DequeModule
import Synchronization

/// A bounded meeting place of a feeder, the engine and one consumer.
///
/// A slot is taken before a request is submitted and given back when its last element is consumed, so that requests in
/// flight or buffered never exceed `slotCount`.
package final class OutputChannel<Element: Sendable>: Sendable {
  private struct State {
    var freeSlots: Int
    var buffered = Deque<(element: Element, isLast: Bool)>()
    var inFlight = 0
    var isFed = false
    var isCancelled = false
    var failure: (any Error)?
    var consumer: CheckedContinuation<Void, Never>?
    var feeder: CheckedContinuation<Void, Never>?
    /// Submits the requests.
    var feeding: Task<Void, Never>?
    var isIterated = false

    /// Whether nothing is put any more.
    var isOver: Bool { isFed && inFlight == 0 }
  }

  private let state: Mutex<State>
  /// Called once when the consumer leaves early.
  private let onCancel: @Sendable () -> Void

  init(slotCount: Int, onCancel: @escaping @Sendable () -> Void) {
    state = Mutex(State(freeSlots: slotCount))
    self.onCancel = onCancel
  }

  /// Starts the task that submits the requests; it is cancelled when the consumer leaves. Called once.
  func feed(_ body: @escaping @Sendable () async -> Void) {
    state.withLock { $0.feeding = Task { await body() } }
  }

  /// Whether the consumer has left.
  var isCancelled: Bool { state.withLock(\.isCancelled) }

  /// True for the first caller, who is the consumer.
  package func claim() -> Bool {
    state.withLock { state in
      defer { state.isIterated = true }
      return !state.isIterated
    }
  }

  /// Waits for a free slot; false when the consumer has left.
  func takeSlot() async -> Bool {
    while true {
      let decided: Bool? = state.withLock { state in
        if state.isCancelled { return false }
        guard state.freeSlots > 0 else { return nil }
        state.freeSlots -= 1
        state.inFlight += 1
        return true
      }
      if let decided { return decided }
      await withCheckedContinuation { continuation in
        let resumeNow = state.withLock { state in
          if state.isCancelled || state.freeSlots > 0 { return true }
          state.feeder = continuation
          return false
        }
        if resumeNow { continuation.resume() }
      }
    }
  }

  /// The engine's side: an element of a request that took a slot, or the end of the request, or both.
  func put(_ element: Element?, isLast: Bool) {
    wakeConsumer { state in
      if let element { state.buffered.append((element, isLast)) }
      guard isLast else { return }
      state.inFlight -= 1
      if element == nil { state.freeSlots += 1 }
    }
  }

  /// The feeder's side: no more requests will come.
  func finishFeeding(throwing error: (any Error)? = nil) {
    wakeConsumer { state in
      state.isFed = true
      state.feeding = nil
      state.failure = error
    }
  }

  private func wakeConsumer(_ change: (inout State) -> Void) {
    let (consumer, feeder) = state.withLock { state in
      change(&state)
      defer {
        state.consumer = nil
        if state.freeSlots > 0 { state.feeder = nil }
      }
      return (state.consumer, state.freeSlots > 0 ? state.feeder : nil)
    }
    consumer?.resume()
    feeder?.resume()
  }

  /// The consumer's side: the next element, nil after the last. Throws what the feeder threw, and `CancellationError` once
  /// the consumer has left.
  package func take() async throws -> Element? {
    try await withTaskCancellationHandler {
      try await next()
    } onCancel: {
      cancel()
    }
  }

  /// What the consumer finds when it looks.
  private enum Found {
    case element(Element, feeder: CheckedContinuation<Void, Never>?)
    case end((any Error)?)
    case nothing
  }

  private func next() async throws -> Element? {
    while true {
      switch state.withLock({ Self.take(&$0) }) {
      case .element(let element, let feeder):
        feeder?.resume()
        return element
      case .end(let error?): throw error
      case .end(nil): return nil
      case .nothing: await waitForElement()
      }
    }
  }

  private static func take(_ state: inout State) -> Found {
    if state.isCancelled { return .end(CancellationError()) }
    guard let (element, isLast) = state.buffered.popFirst() else {
      return state.isOver ? .end(state.failure) : .nothing
    }
    guard isLast else { return .element(element, feeder: nil) }
    state.freeSlots += 1
    defer { state.feeder = nil }
    return .element(element, feeder: state.feeder)
  }

  private func waitForElement() async {
    await withCheckedContinuation { continuation in
      let resumeNow = state.withLock { state in
        if state.isCancelled || !state.buffered.isEmpty || state.isOver { return true }
        state.consumer = continuation
        return false
      }
      if resumeNow { continuation.resume() }
    }
  }

  /// The consumer has left: wakes everybody, and abandons what is in flight.
  package func cancel() {
    let (first, waiting, feeding) = state.withLock { state in
      let first = !state.isCancelled && !state.isOver
      state.isCancelled = true
      let waiting = [state.consumer, state.feeder]
      state.consumer = nil
      state.feeder = nil
      defer { state.feeding = nil }
      return (first, waiting, state.feeding)
    }
    feeding?.cancel()
    for continuation in waiting { continuation?.resume() }
    if first { onCancel() }
  }
}
