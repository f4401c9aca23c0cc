import QuireJSON
import Testing

@Suite("JSON as a tree")
struct JSONValueTests {
  private func parse(_ text: String, repeatedKeys: JSONValue.RepeatedKeys = .refused) throws -> JSONValue {
    try JSONValue(parsing: Array(text.utf8), repeatedKeys: repeatedKeys)
  }

  private func member(_ key: String, _ value: JSONValue) -> JSONMember {
    JSONMember(key: Array(key.utf8), value: value)
  }

  @Test(
    "values are what RFC 8259 says",
    arguments: [
      (" null\n", .null), ("true", .bool(true)), ("false", .bool(false)), ("-0", .integer(0)),
      ("12", .integer(12)), ("1.0", .number(1)), ("1e2", .number(100)), ("1E+2", .number(100)),
      ("1e-400", .number(0)), ("9223372036854775807", .integer(.max)),
      ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(0x1p63)),
      ("99999999999999999999", .number(1e20)), ("1000000000000000019884624838656", .number(1e30)),
      ("\"\"", .text("")), (#""\u0000""#, .text("\0")), (#""\u4f60\u597D""#, .text("你好")),
      ("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\uDE00ü\"", .text("a\"\\/\u{8}\u{c}\n\r\té😀ü")),
      ("[]", .array([])), ("[ ]", .array([])), ("{}", .object([])), ("{ }", .object([])),
      ("[1, [2]]", .array([.integer(1), .array([.integer(2)])])),
    ] as [(String, JSONValue)])
  func values(text: String, expected: JSONValue) throws {
    #expect(try parse(text) == expected)
  }

  @Test("Python's words for numbers are numbers where they are asked for, and errors elsewhere")
  func nonFiniteNumbers() throws {
    func parse(_ text: String, _ allows: Bool) throws -> JSONValue {
      try JSONValue(parsing: Array(text.utf8), repeatedKeys: .refused, allowsNonFiniteNumbers: allows)
    }
    #expect(
      try parse("[Infinity, -Infinity, 1e999, -2]", true)
        == .array([.number(.infinity), .number(-.infinity), .number(.infinity), .integer(-2)]))
    guard case .number(let number) = try parse(" NaN ", true) else { throw CancellationError() }
    #expect(number.isNaN)
    for text in ["NaN", "[Infinity]", "{\"a\":-Infinity}", "1e999"] {
      #expect(throws: JSONSyntaxError.self) { try parse(text, false) }
    }
    for text in ["nan", "-NaN", "+Infinity", "Inf", "Infinity1", "NaNs", "-Infinit"] {
      #expect(throws: JSONSyntaxError.self) { try parse(text, true) }
    }
  }

  @Test("members of every kind keep their order")
  func members() throws {
    let value = try parse(
      #" {"b" : [1, -2, 2.5, true, null], "a": "x\u00e9\n\/", "a2": {"b":null}, "":"]}"} "#)
    #expect(
      value
        == .object([
          member("b", .array([.integer(1), .integer(-2), .number(2.5), .bool(true), .null])),
          member("a", .text("xé\n/")), member("a2", .object([member("b", .null)])), member("", .text("]}")),
        ]))
    #expect(value["a"]?.text == "xé\n/")
    #expect(value["a2"]?["b"] == nil)
    #expect(value["absent"] == nil)
    #expect(value["a"]?["b"] == nil)
  }

  @Test("a key that stands twice is refused by name, however it is spelt, or kept")
  func repeatedKeys() throws {
    for text in [#"{"ab":1,"ab":2}"#, #"{"ab":1,"\u0061b":2}"#, #"[{"x":{"ab":1,"c":0,"ab":2}}]"#] {
      let error = #expect(throws: JSONSyntaxError.self) { try parse(text) }
      #expect(error?.found == "key \"ab\" twice in one object")
    }
    let kept = try parse(#"{"ab":1,"ab":2}"#, repeatedKeys: .kept)
    #expect(kept == .object([member("ab", .integer(1)), member("ab", .integer(2))]))
    #expect(kept["ab"] == .integer(1))
  }

  @Test("two spellings of one accented letter are two keys and two texts")
  func bytewise() throws {
    let value = try parse(#"{"\u00e9":1,"e\u0301":2}"#)
    #expect(value["\u{e9}"] == .integer(1))
    #expect(value["e\u{301}"] == .integer(2))
    #expect(try parse(#""\u00e9""#) != parse(#""e\u0301""#))
  }

  @Test("a number beyond a double, or of thousands of digits, is refused", arguments: ["1e999", "-1e999"])
  func numbers(text: String) {
    #expect(throws: JSONSyntaxError.self) { try parse(text) }
    #expect(throws: JSONSyntaxError.self) { try parse("[" + String(repeating: "1", count: 5000) + "]") }
    #expect(throws: JSONSyntaxError.self) { try parse("0." + String(repeating: "1", count: 1_000_000)) }
  }

  @Test("a byte order mark is passed only where the caller says so")
  func byteOrderMark() throws {
    let bytes = Array("\u{FEFF} [1]".utf8)
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: bytes, repeatedKeys: .kept) }
    let value = try JSONValue(parsing: bytes, repeatedKeys: .kept, skippingByteOrderMark: true)
    #expect(value == .array([.integer(1)]))
    for text in ["\u{FEFF}", "\u{FEFF}\u{FEFF}1"] {
      #expect(throws: JSONSyntaxError.self) {
        try JSONValue(parsing: Array(text.utf8), repeatedKeys: .kept, skippingByteOrderMark: true)
      }
    }
  }

  @Test("a summary is short and on one line")
  func summaries() throws {
    #expect(try parse(#""a\nb""#).summary == #"the string "a\nb""#)
    #expect(try parse("[1,2]").summary == "an array of 2")
    let long = try parse("\"\(String(repeating: "语", count: 1000))\"").summary
    #expect(long == "the string \"" + String(repeating: "语", count: 57) + "…\"")
  }
}
