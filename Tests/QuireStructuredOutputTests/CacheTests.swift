import QuireRequests
import QuireStructuredOutput
import QuireTestSupport
import Testing

/// What is compiled and walked once.
struct CacheTests {
  @Test("two spellings of one accented letter are two constraints")
  func spellings() throws {
    let cache = ConstraintCache(vocabulary: Vocabularies.bytes)
    let composed = try cache.compiled(.choice(["\u{E9}"]))
    let decomposed = try cache.compiled(.choice(["e\u{301}"]))
    #expect(composed.shortestCompletion == 2 && decomposed.shortestCompletion == 3)
    #expect(try cache.compiled(.regex("e\u{301}")) !== cache.compiled(.regex("\u{E9}")))
  }

  @Test("a cache keeps the latest used constraints up to its capacity")
  func recency() throws {
    let cache = ConstraintCache(vocabulary: Vocabularies.bytes, capacity: 2)
    let first = try cache.compiled(.regex("a"))
    let second = try cache.compiled(.choice(["a"]))
    #expect(try cache.compiled(.regex("a")) === first)
    _ = try cache.compiled(.jsonObject)
    #expect(try cache.compiled(.regex("a")) === first)
    #expect(try cache.compiled(.choice(["a"])) !== second)
  }

  @Test("constraints of one text and different kinds are different")
  func kinds() throws {
    let cache = ConstraintCache(vocabulary: Vocabularies.bytes)
    let regex = try cache.compiled(.regex("{}"))
    let schema = try cache.compiled(.jsonSchema("{}"))
    #expect(regex !== schema && regex.accepts("{}") && !regex.accepts("[]") && schema.accepts("[]"))
  }

  @Test("threads that share a constraint get the same masks")
  func threads() async throws {
    let compiled = try CompiledConstraint(.jsonObject, vocabulary: Vocabularies.mixed)
    let answers = await withTaskGroup(of: [UInt8]?.self, returning: Set<[UInt8]?>.self) { group in
      for _ in 0..<8 {
        group.addTask {
          var random = TestRandom(seed: 7)
          return compiled.randomAnswer(
            &random, budget: 150, end: Vocabularies.mixedEnd, bytes: { Vocabularies.mixedTokens[Int($0)] })
        }
      }
      return await group.reduce(into: []) { $0.insert($1) }
    }
    #expect(answers.count == 1 && answers.first! != nil)
  }

  @Test("masks are made once for what they depend on: counted strings and nesting share them")
  func sharing() throws {
    let long = try CompiledConstraint(
      .jsonSchema(#"{"type":"string","maxLength":5000}"#), vocabulary: Vocabularies.mixed)
    var state = long.start
    #expect(long.advance(&state, by: Int32(UInt8(ascii: "\""))))
    for _ in 0..<4900 {
      _ = long.mask(state, end: [])
      #expect(long.advance(&state, by: Int32(UInt8(ascii: "x"))))
    }
    #expect(long.madeMaskCount < 40)

    let object = try CompiledConstraint(.jsonObject, vocabulary: Vocabularies.mixed)
    func walk(_ text: String) {
      var state = object.start
      for byte in text.utf8 {
        _ = object.mask(state, end: [])
        #expect(object.advance(&state, by: Int32(byte)))
      }
    }
    walk(#"{"a":{"b":{"c":{"d":{"e":{"f":"text"}}}}}}"#)
    let made = object.madeMaskCount
    walk(#"{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":"text"}}}}}}}}}"#)
    #expect(object.madeMaskCount <= made + 3)
  }

  @Test("a shortest answer counts tokens of the vocabulary")
  func shortest() throws {
    #expect(try CompiledConstraint(.jsonObject).shortestCompletion == 2)
    #expect(try CompiledConstraint(.jsonObject, vocabulary: Vocabularies.mixed).shortestCompletion == 1)
    #expect(try CompiledConstraint(.choice(["yes", "no"])).shortestCompletion == 2)
    #expect(try CompiledConstraint(.regex("x*")).shortestCompletion == 0)
    #expect(try CompiledConstraint(.regex("x*")).start.isAccepting)
    let long = CompiledConstraint.self
    #expect(try long.init(.jsonSchema(#"{"minLength":100}"#)).shortestCompletion == 102)
    #expect(
      try long.init(.jsonSchema(#"{"minLength":100}"#), vocabulary: Vocabularies.mixed).shortestCompletion
        < 60)
  }
}
