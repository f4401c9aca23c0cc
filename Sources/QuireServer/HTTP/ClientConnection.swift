import Synchronization

/// The connection that a request came over, as far as those who answer need it: whether its client is still there.
///
/// A client that has closed its sending side counts as gone, as with the servers of Python's frameworks: what else it wants
/// cannot be told from a process that died.
package final class ClientConnection: Sendable {
  private struct State {
    var isGone = false
    var nextID = 0
    var actions: [Int: @Sendable () -> Void] = [:]
  }

  /// The client's address, for the log.
  package let address: String
  private let state = Mutex(State())

  /// A connection whose client is there.
  package init(address: String = "") { self.address = address }

  /// Whether the client is gone.
  package var isGone: Bool { state.withLock(\.isGone) }

  /// Calls `action` once when the client leaves, at once where it has left; `forget(_:)` takes it back.
  package func whenGone(_ action: @escaping @Sendable () -> Void) -> Int {
    let (id, isGone) = state.withLock { state in
      defer { state.nextID += 1 }
      if !state.isGone { state.actions[state.nextID] = action }
      return (state.nextID, state.isGone)
    }
    if isGone { action() }
    return id
  }

  /// Takes back what `whenGone(_:)` was told.
  package func forget(_ id: Int) { state.withLock { $0.actions[id] = nil } }

  /// The client has left.
  package func leave() {
    let actions = state.withLock { state in
      state.isGone = true
      defer { state.actions = [:] }
      return state.actions.values
    }
    for action in actions { action() }
  }
}
