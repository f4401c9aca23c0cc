import QuireKernelBodies
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
      let split = TokenGroups(
        tokenCount: tokenCount, greatestWidth: 6, threadCount: threadCount, weightByteCount: weightByteCount)
      let groups = (0..<split.count).map { split[$0] }
      #expect(split.tokenCount == tokenCount)
      #expect(groups.count == (threadCount > 1 && tokenCount >= least ? 2 : 1))
      #expect(groups.first?.firstToken == 0)
      #expect(groups.last?.endToken == tokenCount)
      for (group, next) in zip(groups, groups.dropFirst()) {
        #expect(group.endToken == next.firstToken)
        #expect((0...11).contains(next.tiles.tokenCount - group.tiles.tokenCount))
        // No split in two has fewer tiles.
        let least = (1..<tokenCount).map {
          TokenTiles(tokenCount: $0, greatestWidth: 6).count
            + TokenTiles(tokenCount: tokenCount - $0, greatestWidth: 6).count
        }
        #expect(group.tiles.count + next.tiles.count == least.min())
      }
    }
  }
}
