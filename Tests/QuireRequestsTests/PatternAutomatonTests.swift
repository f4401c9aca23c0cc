import QuireRequests
import Testing

@Suite("Many patterns in one text")
struct PatternAutomatonTests {
  @Test("after each symbol those patterns end that the text ends with, and no others", arguments: 0..<200)
  func agreesWithComparison(seed: UInt64) {
    var generator = SplitMix(state: seed)
    func word(_ lengths: ClosedRange<Int>) -> [UInt8] {
      (0..<Int.random(in: lengths, using: &generator)).map { _ in UInt8.random(in: 0...2, using: &generator) }
    }
    let patterns = (0..<Int.random(in: 1...12, using: &generator)).map { _ in word(0...5) }
    let automaton = PatternAutomaton(patterns)
    var state = PatternAutomaton.start
    var read: [UInt8] = []
    for symbol in word(60...60) {
      read.append(symbol)
      state = automaton.next(state, UInt32(symbol))
      let ending = patterns.indices.filter { read.suffix(patterns[$0].count).elementsEqual(patterns[$0]) }
      #expect(automaton.leastPattern(at: state) == ending.first)
      let ends = Array(automaton.endStates(at: state))
      #expect(Set(ends) == Set(ending.map { automaton.ends[$0] }) && ends.count == Set(ends).count)
    }
  }

  @Test(
    "a hundred thousand patterns that share their beginnings are read in linear time", .timeLimit(.minutes(5))
  )
  func isLinear() {
    let patterns = (0..<100_000).map { Array("pattern number \($0)".utf8) }
    let automaton = PatternAutomaton(patterns)
    var state = PatternAutomaton.start
    for byte in "a pattern number 99999".utf8 { state = automaton.next(state, UInt32(byte)) }
    #expect(automaton.leastPattern(at: state) == 99_999)
    for byte in " pattern number 7".utf8 { state = automaton.next(state, UInt32(byte)) }
    #expect(automaton.leastPattern(at: state) == 7)
  }
}

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
