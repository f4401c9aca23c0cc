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
    "groups are two equal sides and a small middle of many tokens for several threads, else one",
    arguments: [1, 2, 3, 8], [1 << 20, 30 << 20])
  func groups(threadCount: Int, weightByteCount: Int) {
    let least = weightByteCount == 1 << 20 ? 48 : 128
    for greatestWidth in [6, 8] {
      for tokenCount in 1...1100 {
        let split = TokenGroups(
          tokenCount: tokenCount, greatestWidth: greatestWidth, threadCount: threadCount,
          weightByteCount: weightByteCount)
        let (lower, middle, upper) = (split.lower, split.middle, split.upper)
        #expect(lower.firstToken == 0)
        #expect(middle.firstToken == lower.endToken)
        #expect(upper.firstToken == middle.endToken)
        #expect(upper.endToken == tokenCount)
        #expect(split.tokenCount == tokenCount)
        guard threadCount > 1, tokenCount >= least else {
          #expect(lower.tiles.tokenCount == tokenCount)
          continue
        }
        let sideDifference = upper.tiles.tokenCount - lower.tiles.tokenCount
        #expect((0...(middle.tiles.count == 0 ? 1 : 0)).contains(sideDifference))
        // No more tiles than in one group, and none of few tokens, which take as long as wide ones.
        let tiles = TokenTiles(tokenCount: tokenCount, greatestWidth: greatestWidth)
        #expect(lower.tiles.count + middle.tiles.count + upper.tiles.count == tiles.count)
        #expect((tiles.count / 16...tiles.count / 16 + 1).contains(middle.tiles.count))
        for group in [lower, middle, upper] where group.tiles.count > 0 {
          #expect(group.tiles.width(ofTile: group.tiles.count - 1) >= greatestWidth - 3)
        }
      }
    }
  }

  @Test(
    "the sides' tiles are of the greatest width where that leaves a middle that is not narrow",
    arguments: [
      (48, [24, 0, 24]), (49, [22, 5, 22]), (55, [27, 0, 28]), (64, [30, 4, 30]), (512, [240, 32, 240]),
    ])
  func sides(tokenCount: Int, expected: [Int]) {
    let split = TokenGroups(
      tokenCount: tokenCount, greatestWidth: 6, threadCount: 2, weightByteCount: 1 << 20)
    #expect([split.lower, split.middle, split.upper].map(\.tiles.tokenCount) == expected)
  }
}
