import QuirePlatform
import Synchronization
import Testing

@Suite("SharedPieces")
struct SharedPiecesTests {
  @Test("shared pieces are done once each before any member goes on", arguments: [0, 1, 2, 3, 7, 64])
  func pieces(count: Int) async {
    let pieces = PiecesRun(count: count)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 { group.addTask { pieces.join() } }
      for await complete in group { #expect(complete) }
    }
    #expect(pieces.isDoneOnceEach)
  }
}

/// Pieces that count how often each was done.
private final class PiecesRun: Sendable {
  private let pieces: SharedPieces
  private let counts: Mutex<[Int]>

  init(count: Int) {
    pieces = SharedPieces(count: count)
    counts = Mutex(Array(repeating: 0, count: count))
  }

  /// Returns whether all pieces were done when this member could go on.
  func join() -> Bool {
    pieces.finish { piece in counts.withLock { $0[piece] += 1 } }
    return isDoneOnceEach
  }

  var isDoneOnceEach: Bool { counts.withLock { $0.allSatisfy { $0 == 1 } } }
}
