import Synchronization

/// Pieces of work that the members of a team share before each goes on with work that needs all of them.
///
/// A member that finds none left waits for those that others are at; nobody waits for a member that did not come.
struct SharedPieces: ~Copyable {
  /// The lowest piece that is left, and in the upper half the one after the highest.
  private let left: Atomic<UInt64>
  private let unfinished: Atomic<Int>

  /// - Parameter count: of the pieces, below 2^32.
  init(count: Int) {
    left = Atomic(UInt64(count) << 32)
    unfinished = Atomic(count)
  }

  /// Takes pieces as long as there are some, the lowest or the highest; returns when all are finished, whoever took
  /// them, and their writes are visible.
  func finish(fromHighEnd: Bool, _ body: (Int) -> Void) {
    while unfinished.load(ordering: .acquiring) > 0 {
      let word = left.load(ordering: .relaxed)
      let (low, high) = (word & 0xFFFF_FFFF, word >> 32)
      guard low < high else { continue }
      let (taken, _) = left.compareExchange(
        expected: word, desired: fromHighEnd ? word - (1 << 32) : word + 1, ordering: .relaxed)
      guard taken else { continue }
      body(Int(fromHighEnd ? high - 1 : low))
      unfinished.subtract(1, ordering: .acquiringAndReleasing)
    }
  }
}
