import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireStructuredOutput

@Suite("What answers to a constraint let expect of the next")
struct HabitTests {
  private static let schema = OutputConstraint.jsonSchema(
    #"{"type":"object","properties":{"name":{"enum":["ab","value"]}},"required":["name"],"additionalProperties":false}"#
  )

  /// The tokens to expect from a state on, and how often in a row each came.
  private func expected(
    _ constraint: CompiledConstraint, _ state: ConstraintState
  ) -> (texts: [String], streaks: [UInt8]) {
    var (texts, streaks) = ([String](), [UInt8]())
    constraint.forEachExpectedToken(from: state) { token, streak in
      texts.append(String(decoding: Vocabularies.mixedTokens[Int(token)], as: UTF8.self))
      streaks.append(streak)
      return texts.count < 20
    }
    return (texts, streaks)
  }

  /// Notes an answer of these tokens, and returns the state behind it.
  private func note(_ texts: [String], _ constraint: CompiledConstraint) -> ConstraintState {
    var state = constraint.start
    for text in texts {
      let token = Int32(Vocabularies.mixedTokens.firstIndex(of: Array(text.utf8))!)
      let before = state
      let isAllowed = constraint.advance(&state, by: token)
      #expect(isAllowed)
      constraint.note(token, at: before, next: state)
    }
    return state
  }

  @Test("before any answer the longest tokens of the text that has to follow, then what answers had")
  func habits() throws {
    let constraint = try CompiledConstraint(Self.schema, vocabulary: Vocabularies.mixed)
    #expect(constraint.forcedText(from: constraint.start, byteLimit: 99) == Array(#"{"name":"#.utf8))
    #expect(expected(constraint, constraint.start).texts == ["{\""])
    let answer = ["{\"", "name", "\": \"", "value", "\"}"]
    for _ in 0..<3 { #expect(note(answer, constraint).isAccepting) }
    let (texts, streaks) = expected(constraint, constraint.start)
    #expect(texts == answer && streaks == [3, 3, 3, 3, 3])
    // One other answer does not change what is expected, but how sure that is; three do.
    let other = ["{\"", "name", "\":", "\"", "ab", "\"}"]
    _ = note(other, constraint)
    #expect(expected(constraint, constraint.start).texts == answer)
    #expect(expected(constraint, constraint.start).streaks[..<3] == [4, 4, 1])
    for _ in 0..<2 { _ = note(other, constraint) }
    #expect(expected(constraint, constraint.start).texts == other)
  }

  @Test("the longest token that a text begins with, by each token tried")
  func longestToken() {
    var random = TestRandom(seed: 2)
    for _ in 0..<2000 {
      let text = (0..<3).flatMap { _ in random.pick(Vocabularies.mixedTokens) }
      let longest = Vocabularies.mixedTokens.filter { text.starts(with: $0) }.map(\.count).max() ?? 0
      let found = Vocabularies.mixed.longestToken(beginning: text)
      #expect((found.map { Vocabularies.mixedTokens[Int($0)].count } ?? 0) == longest)
      if let found { #expect(text.starts(with: Vocabularies.mixedTokens[Int(found)])) }
    }
  }

  @Test("of too many states those are kept that come again and again")
  func bound() throws {
    let constraint = try CompiledConstraint(
      .jsonSchema(#"{"type":"string","maxLength":9000}"#), vocabulary: Vocabularies.mixed)
    for _ in 0..<3 {
      var state = constraint.start
      for text in ["\""] + [String](repeating: "a", count: 5000) {
        let before = state
        let token = Int32(text.utf8.first!)
        guard constraint.advance(&state, by: token) else { break }
        constraint.note(token, at: before, next: state)
        // The beginning is seen as often as all else.
        constraint.note(Int32(UInt8(ascii: "\"")), at: constraint.start, next: state)
      }
    }
    #expect(expected(constraint, constraint.start).texts.first == "\"")
  }
}
