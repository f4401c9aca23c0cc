import QuireRequests
import QuireTestSupport
import Testing

@testable import QuireStructuredOutput

/// Masks against tokens tried one by one, and what a budget of tokens promises.
struct MaskTests {
  @Test(
    "every mask on random walks is that of each token tried byte by byte", arguments: SampleConstraints.all)
  func masks(constraint: OutputConstraint) throws {
    let compiled = try CompiledConstraint(constraint, vocabulary: Vocabularies.mixed)
    let end = Vocabularies.mixedEnd
    for seed in 0..<6 {
      var random = TestRandom(seed: UInt64(seed))
      let budget = compiled.shortestCompletion + random.below(40)
      _ = compiled.randomAnswer(
        &random, budget: budget, end: end, bytes: { Vocabularies.mixedTokens[Int($0)] }
      ) {
        state, remaining in
        for budget in [nil, remaining, state.distance, state.distance + 1, state.distance + 3] {
          check(compiled, state, budget, end)
        }
      }
    }
  }

  private func check(
    _ compiled: CompiledConstraint, _ state: ConstraintState, _ remaining: Int?, _ end: Int32
  ) {
    if remaining == 0 { return }
    var expected: Set<Int32> = state.isAccepting ? [end] : []
    var nearest = Int.max
    for token in 0..<Int32(Vocabularies.mixedTokens.count) {
      var next = state
      guard compiled.advance(&next, by: token) else { continue }
      #expect(next.distance == compiled.distance(next))
      nearest = min(nearest, next.distance)
      if let remaining, next.distance > remaining - 1 { continue }
      expected.insert(token)
    }
    let mask = compiled.mask(state, remaining: remaining, end: [end])
    #expect(mask.tokens == expected, "\(compiled.constraint)")
    #expect(mask.count == expected.count)
    // The distance is one that can be walked.
    if state.distance > 0 { #expect(nearest <= state.distance - 1) }
  }

  @Test("masks are right where the frames run out", arguments: ["[", #"{"a":"#, #"[{"a":"#])
  func masksAtTheLimit(opening: String) throws {
    let compiled = try CompiledConstraint(.jsonSchema("{}"), vocabulary: Vocabularies.mixed)
    var state = compiled.start
    var bytes = 0
    let pattern = Array(opening.utf8)
    while compiled.advance(&state, by: Int32(pattern[bytes % pattern.count])) {
      bytes += 1
      guard state.stack.count > 36 else { continue }
      for budget in [nil, state.distance, state.distance + 2] {
        check(compiled, state, budget, Vocabularies.mixedEnd)
      }
    }
    #expect(state.stack.count > 46)
  }

  @Test("the worked example of docs/structured-output.md")
  func workedExample() throws {
    let compiled = try CompiledConstraint(.jsonSchema(#"{"type":"array","items":{"type":"boolean"}}"#))
    var state = compiled.start
    #expect(state.distance == 2)
    #expect(compiled.advance(&state, by: Int32(UInt8(ascii: "["))))
    #expect(state.distance == 1)
    for (remaining, allowed) in [(6, "]ft"), (5, "]t"), (4, "]"), (1, "]")] {
      #expect(compiled.mask(state, remaining: remaining, end: []).tokens == Set(allowed.utf8.map(Int32.init)))
    }
    #expect(compiled.advance(&state, by: Int32(UInt8(ascii: "t"))))
    #expect(state.distance == 4)
  }

  @Test("end tokens are allowed exactly where the answer may end, also those that are text")
  func endTokens() throws {
    let compiled = try CompiledConstraint(.regex("ab*"), vocabulary: Vocabularies.bytes)
    let (a, b) = (Int32(UInt8(ascii: "a")), Int32(UInt8(ascii: "b")))
    let end = Vocabularies.bytesEnd
    var state = compiled.start
    #expect(compiled.mask(state, end: [end]) == ([a], 1))
    #expect(compiled.mask(state, end: [end, a]) == ([], 0))
    #expect(compiled.advance(&state, by: a))
    #expect(compiled.mask(state, end: [end]) == ([b, end], 2))
    #expect(compiled.mask(state, end: [end, 0]) == ([0, b, end], 3))
    #expect(compiled.mask(state, end: []) == ([b], 1))
  }

  @Test(
    "a token is forced where its text is the only one that may stand there, and the answer may not end before it"
  )
  func forced() throws {
    func forced(_ constraint: OutputConstraint, _ tokens: [String]) throws -> [Bool] {
      let compiled = try CompiledConstraint(constraint, vocabulary: Vocabularies.mixed)
      var state = compiled.start
      return try tokens.map { text in
        let token = try #require(Vocabularies.mixedTokens.firstIndex(of: Array(text.utf8)), "\(text)")
        let isForced = compiled.forces(Int32(token), from: state)
        #expect(compiled.advance(&state, by: Int32(token)))
        return isForced
      }
    }
    let letters = ["t", "r", "u", "e"]
    #expect(try forced(.choice(["true", "false"]), letters) == [false, true, true, true])
    #expect(try forced(.choice(["true", "tried"]), letters) == [true, true, false, true])
    #expect(try forced(.choice(["tr", "true"]), letters) == [true, true, false, true])
    #expect(try forced(.regex("tr*"), ["t", "r", "r"]) == [true, false, false])
    // A token that holds a choice is one, wherever in it that stands.
    #expect(try forced(.choice(["true", "tried"]), ["true"]) == [false])
    #expect(try forced(.choice(["true"]), ["true"]) == [true])
  }

  @Test("a refused token leaves the state unchanged, and copies of a state go their own ways")
  func copies() throws {
    let compiled = try CompiledConstraint(.jsonObject, vocabulary: Vocabularies.bytes)
    var state = compiled.start
    for byte in "{\"a\":[{\"b\":".utf8 { #expect(compiled.advance(&state, by: Int32(byte))) }
    let before = state
    #expect(!compiled.advance(&state, by: Int32(UInt8(ascii: "}"))))
    #expect(!compiled.advance(&state, by: 256))
    #expect(!compiled.advance(&state, by: -1) && !compiled.advance(&state, by: 9999))
    #expect(state == before)
    var copy = state
    for byte in "1}]}".utf8 { #expect(compiled.advance(&copy, by: Int32(byte))) }
    #expect(copy.isAccepting && state == before)
    for byte in "null}]}".utf8 { #expect(compiled.advance(&state, by: Int32(byte))) }
    #expect(state == copy)
  }

  @Test("nesting ends at the limit of frames, and can be closed there")
  func depth() throws {
    let compiled = try CompiledConstraint(.jsonSchema("{}"), vocabulary: Vocabularies.bytes)
    var state = compiled.start
    var depth = 0
    while compiled.advance(&state, by: Int32(UInt8(ascii: "["))) { depth += 1 }
    #expect(depth > 40 && depth <= 64)
    let mask = compiled.mask(state, end: [])
    #expect(!mask.tokens.contains(Int32(UInt8(ascii: "["))) && mask.tokens.contains(Int32(UInt8(ascii: "]"))))
    for _ in 0..<depth { #expect(compiled.advance(&state, by: Int32(UInt8(ascii: "]")))) }
    #expect(state.isAccepting)
  }
}
