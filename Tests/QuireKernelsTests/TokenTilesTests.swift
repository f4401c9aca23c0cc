import QuireKernelBodies
import Synchronization
import Testing

@testable import QuireKernels

@Suite("How tokens are split")
struct TokenTilesTests {
  @Test("tiles cover each token once, as few as can be, the wide ones first", arguments: [1, 2, 6, 8])
  func cover(greatestWidth: Int) {
    for tokenCount in 1...300 {
      let tiles = TokenTiles(tokenCount: tokenCount, greatestWidth: greatestWidth)
      #expect(tiles.count == (tokenCount + greatestWidth - 1) / greatestWidth)
      var next = 0
      for tile in 0..<tiles.count {
        let width = tiles.width(ofTile: tile)
        #expect((1...greatestWidth).contains(width))
        #expect(tiles.firstToken(ofTile: tile) == next)
        for token in next..<next + width { #expect(tiles.tile(ofToken: token) == tile) }
        if tile > 0 { #expect(width <= tiles.width(ofTile: tile - 1)) }
        next += width
      }
      #expect(next == tokenCount)
      #expect(tiles.firstToken(ofTile: tiles.count) == tokenCount)
    }
  }

  @Test(
    "a rest goes to tiles that are little narrower where there are such",
    arguments: [
      (64, [6, 4]), (32, [6, 4, 4]), (65, [6, 5]), (63, [6, 5, 5, 5]), (7, [4, 3]), (12, [6, 6]),
    ])
  func rest(tokenCount: Int, last: [Int]) {
    let tiles = TokenTiles(tokenCount: tokenCount, greatestWidth: 6)
    let widths = (0..<tiles.count).map(tiles.width)
    #expect(Array(widths.suffix(last.count)) == last)
  }

  @Test(
    "groups are halves of many tokens for several threads, else one", arguments: [1, 2, 3, 8],
    [1 << 20, 30 << 20])
  func groups(threadCount: Int, weightByteCount: Int) {
    let least = weightByteCount == 1 << 20 ? 48 : 128
    for tokenCount in [1, 2, 47, 48, 49, 64, 127, 128, 513] {
      let groups = TokenGroup.groups(
        tokenCount: tokenCount, greatestWidth: 6, threadCount: threadCount, weightByteCount: weightByteCount)
      #expect(groups.count == (threadCount > 1 && tokenCount >= least ? 2 : 1))
      #expect(groups.first?.firstToken == 0)
      #expect(groups.last?.endToken == tokenCount)
      for (group, next) in zip(groups, groups.dropFirst()) { #expect(group.endToken == next.firstToken) }
    }
  }

  @Test("shared pieces are done once each before any member goes on", arguments: [1, 2, 3, 7, 64])
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
