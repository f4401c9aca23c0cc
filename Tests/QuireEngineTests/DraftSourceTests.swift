import QuireTestSupport
import Testing

@testable import QuireEngine

@Suite("What drafts are made of")
struct DraftSourceTests {
  /// The match by looking everywhere: the longest, up to `PromptLookup.lengthLimit`, of all places.
  private static func longestMatch(_ text: [Int32]) -> Int {
    (2..<max(text.count, 2)).reduce(0) { longest, place in
      var length = 0
      while length < min(place, PromptLookup.lengthLimit),
        text[place - 1 - length] == text[text.count - 1 - length]
      {
        length += 1
      }
      return length >= 2 ? max(longest, length) : longest
    }
  }

  @Test("a lookup finds where the last tokens stood before, however the text grows")
  func lookup() {
    var random = TestRandom(seed: 4)
    var (foundCount, longestCount) = (0, 0)
    for round in 0..<300 {
      var lookup = PromptLookup()
      var text: [Int32] = []
      for _ in 0..<20 {
        // Now and then a piece of the text again.
        if text.count > 8, random.below(3) == 0 {
          let start = random.below(text.count - 4)
          text += text[start..<start + 4]
        } else {
          text += (0..<random.below(6)).map { _ in Int32(random.below([3, 40, 1000][round % 3])) }
        }
        lookup.extend(to: text)
        let longest = Self.longestMatch(text)
        guard let match = lookup.match else {
          // A pair that stands in more places than are looked at may hide another only where hashes are equal.
          #expect(longest == 0 || round % 3 == 0, "\(text)")
          continue
        }
        foundCount += 1
        #expect(match.place < text.count && match.length <= longest)
        #expect(text[..<match.place].suffix(match.length) == text.suffix(match.length))
        longestCount += match.length == longest ? 1 : 0
      }
    }
    // Eight places are looked at, and none while a long match goes on.
    #expect(foundCount > 500 && 10 * longestCount > 8 * foundCount, "\(longestCount) of \(foundCount)")
  }

  @Test(
    "costs are what was measured, a line between, and guesses that promise too little rather than too much")
  func costs() {
    var costs = StepCosts()
    #expect(costs.seconds(1) == nil)
    for _ in 0..<50 { costs.note(tokenCount: 1, seconds: 0.010) }
    #expect(costs.seconds(1)! == 0.010)
    // Nothing but one token is known: another costs half as much.
    #expect(abs(costs.seconds(3)! - 0.020) < 1e-9)
    costs.notePrompt(tokenCount: 100, seconds: 0.1)
    #expect(abs(costs.seconds(3)! - 0.012) < 1e-9)
    for _ in 0..<50 { costs.note(tokenCount: 9, seconds: 0.012) }
    #expect(abs(costs.seconds(5)! - 0.011) < 1e-6)
    // One bad step is not believed.
    costs.note(tokenCount: 9, seconds: 3)
    #expect(costs.seconds(9)! < 0.0135)
    // All steps take twice the time: those that were not measured since follow.
    for _ in 0..<100 { costs.note(tokenCount: 1, seconds: 0.020) }
    #expect(abs(costs.seconds(1)! - 0.020) < 1e-4)
    #expect(costs.seconds(9)! > 0.016)
    // Steps of more tokens than are told apart are left alone.
    costs.note(tokenCount: 100_000, seconds: 1)
    #expect(costs.seconds(1024)! < 2)
  }

  @Test("rates follow what happens, of all sequences and of one")
  func rates() {
    let common = AcceptanceRates()
    let kind = DraftKind.lookup(length: 3)
    #expect(kind == DraftKind.lookup(length: 3) && kind != DraftKind.lookup(length: 4))
    #expect(DraftKind.lookup(length: 99) == DraftKind.lookup(length: 16))
    #expect(DraftKind.habit(streak: 255).index == DraftKind.count - 1)
    for index in 0..<400 { common.note(kind, isRight: index % 4 == 0) }
    #expect(abs(common[kind] - 0.25) < 0.05)
    var own = OwnRates()
    #expect(own.rate(kind, common: 0.25) == 0.25)
    for _ in 0..<300 { own.note(kind, isRight: true) }
    #expect(own.rate(kind, common: 0.25) > 0.8)
  }
}
