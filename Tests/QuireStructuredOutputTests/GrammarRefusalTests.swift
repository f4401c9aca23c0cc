import QuireRequests
import QuireStructuredOutput
import Testing

/// What grammars and structural tags do not cover is refused by name, with line and column or the pointer.
struct GrammarRefusalTests {
  static let grammars: [RefusalTests.Case] = [
    .init("", .malformed, "grammar", "no rule"), .init("a ::= \"b\"", .malformed, "grammar", "no rule root"),
    .init("root ::= x", .malformed, "line 1, column 10", "x, which is no rule"),
    .init("root ::= \"a\"\nroot ::= \"b\"", .malformed, "line 2, column 1", "second rule root"),
    .init("root ::= \"a", .malformed, "line 1, column 10", "'\"' without its end"),
    .init("root ::= (\"a\"", .malformed, "line 1, column 10", "'(' without"),
    .init("root ::= \"a\")", .malformed, "line 1, column 13", "')' without"),
    .init("root ::= [a", .malformed, "line 1, column 10", "'[' without"),
    .init("root ::= [b-a]", .malformed, "column 12", "backwards"),
    .init("root ::= []", .malformed, "column 10", "without characters"),
    .init("root ::= \"\\d\"", .unsupported, "column 11", "'\\d'"),
    .init("root ::= \"\\x414\"", .unsupported, "column 11", "dialects read differently"),
    .init("root ::= \"\\ud800\"", .malformed, "column 11", "no character"),
    .init("root ::= \"a\"{3,2}", .malformed, "column 13", "{3,2}"),
    .init("root ::= \"a\"{20000}", .limit, "column 13", "20000"),
    .init("root ::= \"a\"{,2}", .malformed, "column 14", "','"),
    .init("root ::= <think>", .unsupported, "column 10", "a token by its name"),
    .init("root ::= TagDispatch((\"a\", b))", .unsupported, "column 10", "the macro TagDispatch"),
    .init("root ::= \"a\" (= \"b\")", .unsupported, "column 14", "look ahead"),
    .init("root[lazy] ::= \"a\"", .unsupported, "column 5", "options of a rule"),
    .init("root ::= \"a\"\n  | ; \"b\"", .malformed, "line 2, column 5", "';'"),
    .init("root = \"a\" # ::=\nx ::= y", .malformed, "line 1, column 6", "'='"),
    .init("start: x", .malformed, "line 1, column 8", "x, which is no rule or terminal"),
    .init("begin: \"a\"", .malformed, "grammar", "no rule start"),
    .init("start: \"a\"\nstart: \"b\"", .malformed, "line 2, column 1", "second definition"),
    .init("start: <|tool|>", .unsupported, "column 8", "a token by its name"),
    .init("start: @other", .unsupported, "column 8", "a grammar by its name"),
    .init("start: list{item}", .unsupported, "column 8", "a template"),
    .init("start: A\nA: start", .malformed, "line 1, column 8", "the terminal A"),
    .init("start: A\nA: \"a\" A", .malformed, "column 8", "the terminal A"),
    .init("start: /a/x", .unsupported, "column 11", "the flag 'x'"),
    .init("start: /a\\bc/", .unsupported, "column 8", "an assertion"),
    .init("start: /(?<=a)b/", .unsupported, "line 1, column 8 at offset 0", "lookbehind"),
    .init("start: /a", .malformed, "column 8", "'/' without its end"),
    .init("start[max_tokens=3]: \"a\"", .unsupported, "column 7", "the option max_tokens"),
    .init("%import python.NAME\nstart: NAME", .unsupported, "line 1, column 1", "an import"),
    .init("%import common.NAME\nstart: NAME", .malformed, "line 1, column 1", "common.NAME"),
    .init("%declare X\nstart: X", .unsupported, "line 1, column 1", "'%declare'"),
    .init("start: %lark { start: \"a\" }", .unsupported, "column 8", "'%lark'"),
    .init("start: %json {\"$ref\":\"http://x\"}", .unsupported, "line 1, column 8 at /$ref", "http"),
    .init("start: \"a\" & \"b\"", .unsupported, "column 12", "'&' or '~' in a rule"),
    .init("start: (\"a\"", .malformed, "column 8", "a group without its ')'"),
    .init("start: \"z\"..\"a\"", .malformed, "column 8", "a range of texts"),
  ]

  @Test("a grammar beyond the notations is refused with line and column", arguments: grammars)
  func grammar(refused: RefusalTests.Case) throws {
    let error = try #require(throws: ConstraintError.self) {
      try CompiledConstraint(.grammar(refused.text), vocabulary: Vocabularies.bytes)
    }
    expect(error, refused, "grammar")
  }

  static let tags: [RefusalTests.Case] = [
    .init("[]", .malformed, "structural_tag", "an array"), .init("{}", .malformed, "/format", "nothing"),
    .init(#"{"type":"tag","format":{}}"#, .malformed, "/type", "tag"),
    .init(#"{"structures":[],"triggers":[]}"#, .malformed, "/triggers", "an empty list"),
    .init(
      #"{"structures":[{"begin":"<a>","schema":{},"end":""}],"triggers":["<b"]}"#, .malformed, "/triggers",
      "<a>"
    ),
    .init(#"{"format":{"type":"xml"}}"#, .unsupported, "/format/type", "xml"),
    .init(#"{"format":{"type":"token","token":3}}"#, .unsupported, "/format/type", "token"),
    .init(
      #"{"format":{"type":"tag","begin":{"type":"token","token":3},"content":{"type":"any_text"},"end":"x"}}"#,
      .unsupported, "/format/begin", "a token"),
    .init(#"{"format":{"type":"any_text","max_tokens":3}}"#, .unsupported, "/format/max_tokens", "3"),
    .init(#"{"format":{"type":"any_text","excludes":[""]}}"#, .malformed, "/format/excludes", "string"),
    .init(
      #"{"format":{"type":"json_schema","json_schema":{},"style":"qwen_xml"}}"#, .unsupported,
      "/format/style",
      "qwen_xml"),
    .init(
      #"{"format":{"type":"json_schema","json_schema":{"$ref":"http://x"}}}"#, .unsupported,
      "/format/json_schema at /$ref", "http"),
    .init(
      #"{"format":{"type":"sequence","elements":[{"type":"grammar","grammar":"root ::= x"}]}}"#, .malformed,
      "/format/elements/0/grammar at line 1", "x"),
    .init(
      #"{"format":{"type":"regex","pattern":"a++"}}"#, .unsupported, "/format/pattern at offset", "possessive"
    ),
    .init(#"{"format":{"type":"any_text","exclude":[]}}"#, .unsupported, "/format/exclude", "a field"),
    .init(
      #"{"format":{"type":"repeat","min":3,"max":2,"content":{"type":"any_text"}}}"#, .malformed,
      "/format/max",
      "2"),
  ]

  @Test("a structural tag beyond the formats is refused with its pointer", arguments: tags)
  func structuralTag(refused: RefusalTests.Case) throws {
    let error = try #require(throws: ConstraintError.self) {
      try CompiledConstraint(.structuralTag(refused.text), vocabulary: Vocabularies.bytes)
    }
    expect(error, refused, "structural_tag")
  }

  private func expect(_ error: ConstraintError, _ refused: RefusalTests.Case, _ field: String) {
    #expect(error.kind == refused.kind, "\(error)")
    #expect(error.place.hasPrefix(field), "\(error)")
    #expect(error.place.contains(refused.place), "\(error)")
    #expect(error.found.contains(refused.found), "\(error)")
  }
}
