import QuireRequests
import QuireStructuredOutput
import Testing

/// What the languages do not cover is refused by name, with its place.
struct RefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let kind: ConstraintError.Kind
    let place: String
    let found: String
    var testDescription: String { text }

    init(_ text: String, _ kind: ConstraintError.Kind, _ place: String, _ found: String) {
      self.text = text
      self.kind = kind
      self.place = place
      self.found = found
    }
  }

  static let expressions: [Case] = [
    .init("a++", .unsupported, "offset 2", "possessive"),
    .init("a(?=b)", .unsatisfiable, "regex", "nothing"), .init("a^b", .unsatisfiable, "regex", "nothing"),
    .init("(?!a)a", .unsatisfiable, "regex", "nothing"), .init("a\\bb", .unsatisfiable, "regex", "nothing"),
    .init("a(?=b)*", .unsupported, "offset 7", "repeated assertion"),
    .init("^*", .unsupported, "offset 2", "repeated assertion"),
    .init("(?<=a)b", .unsupported, "offset 0", "lookbehind"),
    .init("(?<!a)b", .unsupported, "offset 0", "lookbehind"),
    .init("(a)\\1", .unsupported, "offset 3", "backreference"),
    .init("(?P<n>a)(?P=n)", .unsupported, "offset 8", "backreference"),
    .init("(?P<1>a)", .malformed, "offset 2", "name"), .init("(?<a)b>c)", .malformed, "offset 2", "name"),
    .init("(?P<>a)", .malformed, "offset 2", "name"),
    .init("(?i)a", .unsupported, "offset 0", "flags"), .init("(?i:a)", .unsupported, "offset 0", "flags"),
    .init("(?>a)", .unsupported, "offset 0", "atomic"), .init("(?#x)a", .unsupported, "offset 0", "comment"),
    .init("\\p{L}", .unsupported, "offset 0", "Unicode property"),
    .init("\\A", .unsupported, "offset 0", "anchor"), .init("\\q", .unsupported, "offset 0", "escape"),
    .init("[[:alpha:]]", .unsupported, "offset 1", "POSIX"),
    .init("[]a]", .unsupported, "offset 1", "first in a class"),
    .init("a{,3}", .unsupported, "offset 1", "{,…}"), .init("(a", .malformed, "offset 0", "'('"),
    .init("a)", .malformed, "offset 1", "')'"), .init("[a", .malformed, "offset 0", "'['"),
    .init("*a", .malformed, "offset 0", "nothing before"),
    .init("a**", .malformed, "offset 2", "two quantifiers"),
    .init("{2}", .malformed, "offset 0", "nothing before"), .init("[b-a]", .malformed, "offset", "backwards"),
    .init("[\\d-a]", .malformed, "offset", "range between classes"),
    .init("a{3,2}", .malformed, "offset 1", "{3,2}"),
    .init("\\x4", .malformed, "offset 0", "digits"), .init("\\ud800", .malformed, "offset 0", "surrogate"),
    .init("\\", .malformed, "offset 0", "at the end"), .init("a{20000}", .limit, "offset 1", "20000"),
    .init("[^\\x00-\\U0010ffff]", .unsupported, "offset", "escape"),
    .init("[^\\s\\S]", .unsatisfiable, "offset 0", "without characters"),
  ]

  @Test("an expression beyond the language is refused with its offset", arguments: expressions)
  func regex(refused: Case) throws {
    let error = try #require(throws: ConstraintError.self) {
      try CompiledConstraint(.regex(refused.text), vocabulary: Vocabularies.bytes)
    }
    expect(error, refused, field: "regex")
  }

  static let schemas: [Case] = [
    .init(#"{"not":{}}"#, .unsatisfiable, "json", "everything satisfies"),
    .init(##"{"$dynamicRef":"#a"}"##, .malformed, "/$dynamicRef", "not there"),
    .init(
      ##"{"$dynamicRef":"#a","$defs":{"x":{"$dynamicAnchor":"a"},"y":{"$dynamicAnchor":"a"}}}"##,
      .unsupported,
      "/$dynamicRef", "more than once"),
    .init(
      ##"{"$recursiveAnchor":true,"items":{"$recursiveRef":"#"}}"##, .unsupported, "/items/$recursiveRef",
      "recursive"),
    .init(#"{"type":"array","uniqueItems":true,"minItems":2}"#, .unsupported, "/uniqueItems", "2 values"),
    .init(#"{"type":"array","uniqueItems":"yes"}"#, .malformed, "/uniqueItems", "yes"),
    .init(#"{"type":"number","multipleOf":123456}"#, .unsupported, "/multipleOf", "multiple"),
    .init(#"{"type":"number","multipleOf":0}"#, .malformed, "/multipleOf", "0"),
    .init(#"{"type":"object","minProperties":2}"#, .unsupported, "json", "minProperties"),
    .init(#"{"type":"string","pattern":"(a)\\1"}"#, .unsupported, "/pattern at offset 3", "backreference"),
    .init(#"{"patternProperties":{"(a":{}}}"#, .malformed, "/patternProperties/(a", "'('"),
    .init(
      #"{"contains":{"const":1},"allOf":[{"contains":{"const":2}}],"items":{"type":"integer"}}"#,
      .unsupported,
      "/contains", "two of them"),
    .init(
      #"{"type":"integer","anyOf":[{"type":"string"},{"type":"null"}]}"#, .unsatisfiable, "json",
      "types that no value"),
    .init(#"{"oneOf":[{"type":"integer"},{"type":"integer"}]}"#, .unsatisfiable, "json", ""),
    .init(
      #"{"allOf":[{"type":"integer"},{"type":"string"}]}"#, .unsatisfiable, "json", "types that no value"),
    .init(#"{"properties":{"a":false},"required":["a"]}"#, .unsatisfiable, "json", ""),
    .init(#"{"const":1,"enum":[2]}"#, .unsatisfiable, "/enum", "no value"),
    .init(#"{"$ref":"http://x/y"}"#, .unsupported, "/$ref", "another document"),
    .init(##"{"$ref":"#"}"##, .unsupported, "json", "leads back to itself"),
    .init(##"{"anyOf":[{"$ref":"#"},{"type":"null"}]}"##, .unsupported, "json", "leads back to itself"),
    .init(##"{"$ref":"#/$defs/a"}"##, .malformed, "/$ref", "leads nowhere"),
    .init(#"{"type":"text"}"#, .malformed, "/type", "text"),
    .init(#"{"type":[]}"#, .malformed, "/type", "empty"),
    .init(#"{"properties":[]}"#, .malformed, "/properties", "array"),
    .init(#"{"required":["a",1]}"#, .malformed, "/required", "1"),
    .init(#"{"items":3}"#, .malformed, "/items", "3"),
    .init(#"{"enum":[]}"#, .malformed, "/enum", "array of 0"),
    .init(#"{"minLength":-1}"#, .malformed, "/minLength", "-1"),
    .init(#"{"minLength":1.5}"#, .malformed, "/minLength", "1.5"),
    .init(#"{"minimum":"1"}"#, .malformed, "/minimum", "1"), .init("[]", .malformed, "json", "array"),
    .init("{", .malformed, "json", "end of the text"),
    .init(#"{"type":"string","type":"null"}"#, .malformed, "json", "twice"),
    .init("false", .unsatisfiable, "json", "false"),
    .init(#"{"minLength":3,"maxLength":2}"#, .unsatisfiable, "/maxLength", "2"),
    .init(#"{"type":"integer","minimum":5,"maximum":4}"#, .unsatisfiable, "json", "no number"),
    .init(
      #"{"type":"integer","exclusiveMinimum":4,"exclusiveMaximum":5}"#, .unsatisfiable, "json", "no number"),
    .init(#"{"type":"string","enum":[1]}"#, .unsatisfiable, "/enum", "no value"),
    .init(#"{"type":"string","pattern":"^a$","minLength":2}"#, .unsatisfiable, "json", "nothing"),
    .init(#"{"required":["a"],"additionalProperties":false}"#, .unsatisfiable, "/required", "\"a\""),
    .init(
      ##"{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}"##, .unsatisfiable, "json",
      "nothing"),
    .init(#"{"minItems":99999999}"#, .limit, "/minItems", "99999999"),
  ]

  @Test("a schema beyond the language is refused with its pointer", arguments: schemas)
  func schema(refused: Case) throws {
    let error = try #require(throws: ConstraintError.self) {
      try CompiledConstraint(.jsonSchema(refused.text), vocabulary: Vocabularies.bytes)
    }
    expect(error, refused, field: "json")
  }

  @Test("lists of choices that hold nothing are refused")
  func choices() {
    #expect(throws: ConstraintError.self) { try CompiledConstraint(.choice([])) }
    #expect(throws: ConstraintError.self) { try CompiledConstraint(.choice(["a", ""])) }
  }

  @Test("a text that the vocabulary cannot spell is refused; a longer token may spell it")
  func spelling() throws {
    let letters = ConstraintVocabulary(tokenCount: 3) {
      [Array("a".utf8), Array("bc".utf8), Array("c".utf8)][Int($0)]
    }
    #expect(try CompiledConstraint(.regex("abc+"), vocabulary: letters).shortestCompletion == 2)
    let error = try #require(throws: ConstraintError.self) {
      try CompiledConstraint(.regex("ab"), vocabulary: letters)
    }
    #expect(error.kind == .unsatisfiable)
    // The way into "b…" is open only with "bc".
    let compiled = try CompiledConstraint(.regex("a(b|bcx|c)"), vocabulary: letters)
    var state = compiled.start
    #expect(compiled.advance(&state, by: 0))
    #expect(compiled.mask(state, end: []) == ([2], 1))
  }

  private func expect(_ error: ConstraintError, _ refused: Case, field: String) {
    #expect(error.kind == refused.kind, "\(error)")
    #expect(error.place.hasPrefix(field) && error.place.contains(refused.place), "\(error)")
    #expect(error.found.contains(refused.found), "\(error)")
  }
}
