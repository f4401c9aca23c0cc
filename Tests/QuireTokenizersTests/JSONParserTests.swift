import Testing

@testable import QuireTokenizers

@Suite("JSON of tokenizer files")
struct JSONParserTests {
  private func parse(_ text: String) throws -> JSONValue {
    try JSONParser.parse(Array(text.utf8), source: "test")
  }

  @Test("values of every kind are read as they stand, keys in order")
  func valuesOfEveryKind() throws {
    let value = try parse(
      #" {"b": [1, -2, 2.5, 1e2, true, false, null], "a": "x\u00e9\n\ud83d\ude00\/", "a2": {}} "#)
    #expect(
      value
        == .object([
          JSONMember(
            key: Array("b".utf8),
            value: .array([
              .integer(1), .integer(-2), .number(2.5), .number(100), .bool(true), .bool(false), .null,
            ])),
          JSONMember(key: Array("a".utf8), value: .string(Array("xé\n😀/".utf8))),
          JSONMember(key: Array("a2".utf8), value: .object([])),
        ]))
  }

  @Test(
    "what is no JSON is malformed, with the place",
    arguments: [
      "", "{", "[1,]", "{\"a\" 1}", "{\"a\":1,}", "\"a", "\"\u{1}\"", #""\x""#, #""\ud800""#, #""\udc00""#,
      #""\ud800\u0041""#, "01", "1.", "-", "1e", "tru", "nulL", "1 2", "[",
    ])
  func malformed(_ text: String) {
    let error = #expect(throws: TokenizerError.self) { try parse(text) }
    #expect(error?.reason == .malformed)
    #expect(error?.subject.hasPrefix("JSON at byte") == true)
  }

  @Test("endless nesting is refused, not followed")
  func nesting() {
    let error = #expect(throws: TokenizerError.self) { try parse(String(repeating: "[", count: 100_000)) }
    #expect(error?.expected == "at most 64 levels")
  }

  @Test("a whole number too large for an id is a number, not an integer")
  func hugeNumber() throws {
    #expect(try parse("99999999999999999999") == .number(1e20))
  }
}
