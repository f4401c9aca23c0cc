package import QuireRequests
import Synchronization

/// A bounded meeting place of a feeder, the engine and one consumer.
///
/// A slot is taken before a request is submitted and given back when its output is consumed, so what is in
/// flight or buffered never exceeds `slotCount`.
package final class OutputChannel: Sendable {
  private struct State {
    var freeSlots: Int
    var buffered: [RequestOutput] = []
    var head = 0
    var inFlight = 0
    var isFed = false
    var isCancelled = false
    var failure: (any Error)?
    var consumer: CheckedContinuation<Void, Never>?
    var feeder: CheckedContinuation<Void, Never>?
    /// Submits the requests.
    var feeding: Task<Void, Never>?
    var isIterated = false
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

  /// The engine's side: one output of a request that took a slot.
  func put(_ output: RequestOutput) {
    wakeConsumer { state in
      state.buffered.append(output)
      state.inFlight -= 1
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
    let consumer = state.withLock { state in
      change(&state)
      defer { state.consumer = nil }
      return state.consumer
    }
    consumer?.resume()
  }

  /// The consumer's side: the next output, nil after the last. Throws what the feeder threw, and `CancellationError` once
  /// the consumer has left.
  package func take() async throws -> RequestOutput? {
    try await withTaskCancellationHandler {
      while true {
        enum Found {
          case output(RequestOutput, feeder: CheckedContinuation<Void, Never>?)
          case end((any Error)?)
          case nothing
        }
        let found: Found = state.withLock { state in
          if state.isCancelled { return .end(CancellationError()) }
          if state.head < state.buffered.count {
            let output = state.buffered[state.head]
            state.head += 1
            if state.head == state.buffered.count {
              state.buffered.removeAll(keepingCapacity: true)
              state.head = 0
            }
            state.freeSlots += 1
            defer { state.feeder = nil }
            return .output(output, feeder: state.feeder)
          }
          return state.isFed && state.inFlight == 0 ? .end(state.failure) : .nothing
        }
        switch found {
        case .output(let output, let feeder):
          feeder?.resume()
          return output
        case .end(let error?): throw error
        case .end(nil): return nil
        case .nothing: break
        }
        await withCheckedContinuation { continuation in
          let resumeNow = state.withLock { state in
            if state.isCancelled || state.head < state.buffered.count
              || (state.isFed && state.inFlight == 0)
            {
              return true
            }
            state.consumer = continuation
            return false
          }
          if resumeNow { continuation.resume() }
        }
      }
    } onCancel: {
      cancel()
    }
  }

  /// The consumer has left: wakes everybody, and abandons what is in flight.
  package func cancel() {
    let (first, waiting, feeding) = state.withLock { state in
      let first = !state.isCancelled && !(state.isFed && state.inFlight == 0)
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
