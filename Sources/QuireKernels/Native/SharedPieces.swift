import Synchronization

/// Pieces of work that the members of a team share before each goes on with work that needs all of them.
///
/// A member that finds none left waits for those that others are at; nobody waits for a member that did not come.
struct SharedPieces: ~Copyable {
  private let count: Int
  /// The next piece to take.
  private let next = Atomic<Int>(0)
  private let unfinished: Atomic<Int>

  /// - Parameter count: of the pieces.
  init(count: Int) {
    self.count = count
    unfinished = Atomic(count)
  }

  /// Takes pieces as long as there are some; returns when all are finished, whoever took them, and their writes are
  /// visible.
  func finish(_ body: (Int) -> Void) {
    while unfinished.load(ordering: .acquiring) > 0 {
      guard next.load(ordering: .relaxed) < count else { continue }
      let piece = next.add(1, ordering: .relaxed).oldValue
      guard piece < count else { continue }
      body(piece)
      unfinished.subtract(1, ordering: .acquiringAndReleasing)
    }
  }
}
