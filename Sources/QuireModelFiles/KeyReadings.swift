import Synchronization

/// Which keys of a configuration somebody has asked for: what nobody asked for has no effect, and is told of or refused.
///
/// Shared by the copies of a document and the objects in it.
final class KeyReadings: Sendable {
  private let keys = Mutex<Set<String>>([])

  /// Notes that a key has been asked for; of objects in objects with all keys before it (`rope_scaling.factor`).
  func note(_ key: String) {
    keys.withLock { _ = $0.insert(key) }
  }

  /// Whether a key has been asked for.
  func contains(_ key: String) -> Bool {
    keys.withLock { $0.contains(key) }
  }
}
