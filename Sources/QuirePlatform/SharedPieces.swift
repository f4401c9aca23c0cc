#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import Synchronization

/// Pieces of work that the members of a `ThreadTeam` share before each goes on with work that needs all of them.
///
/// A member that finds none left waits for those that others are at; nobody waits for a member that did not come.
package struct SharedPieces: ~Copyable {
  /// Rounds of looking before a member that waits naps: some 100 µs, longer than a piece takes.
  private static var spinRounds: Int { 100_000 }
  /// How long it naps: the one that is awaited has lost its processor.
  private static var napMicroseconds: UInt32 { 50 }

  private let count: Int
  /// The next piece to take.
  private let next = Atomic<Int>(0)
  private let unfinished: Atomic<Int>

  /// - Parameter count: of the pieces, at least 0.
  package init(count: Int) {
    self.count = count
    unfinished = Atomic(count)
  }

  /// Takes pieces as long as there are some; returns when all are finished, whoever took them, and their writes are
  /// visible.
  package func finish(_ body: (Int) -> Void) {
    while next.load(ordering: .relaxed) < count {
      let piece = next.add(1, ordering: .relaxed).oldValue
      guard piece < count else { break }
      body(piece)
      unfinished.subtract(1, ordering: .acquiringAndReleasing)
    }
    var rounds = 0
    while unfinished.load(ordering: .acquiring) > 0 {
      rounds += 1
      if rounds > Self.spinRounds { usleep(Self.napMicroseconds) }
    }
  }
}
