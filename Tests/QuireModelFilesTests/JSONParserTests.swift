import QuireModelFiles
import Testing

@Suite("JSON")
struct JSONParserTests {
  private func parse(_ text: [UInt8]) throws -> JSONValue {
    try text.withUnsafeBytes { try JSONParser.parse($0, path: "file.json") }
  }

  private func parse(_ text: String) throws -> JSONValue { try parse(Array(text.utf8)) }

  @Test(
    "values are what RFC 8259 says",
    arguments: [
      (" null\n", .null), ("true", .bool(true)), ("-0", .integer(0)), ("12", .integer(12)),
      ("1.0", .number(1)),
      ("1e2", .number(100)), ("9223372036854775807", .integer(.max)),
      ("9223372036854775808", .number(0x1p63)),
      ("1000000000000000019884624838656", .number(1e30)), ("\"\"", .string("")),
      ("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00ü\"", .string("a\"\\/\u{8}\u{c}\n\r\té😀ü")),
      ("[]", .array([])),
      ("[1, [2]]", .array([.integer(1), .array([.integer(2)])])), ("{}", .object([:])),
      ("{\"a\" : {\"b\":null}}", .object(["a": .object(["b": .null])])),
    ] as [(String, JSONValue)])
  func values(text: String, expected: JSONValue) throws {
    #expect(try parse(text) == expected)
  }

  @Test(
    "everything else is an error",
    arguments: [
      "", " ", "nul", "NaN", "Infinity", "+1", "01", "1.", ".5", "1e", "-", "1e999", "\"", "\"\n\"",
      "\"\\x\"", "\"\\u12\"",
      "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "[", "[1", "[1,]", "[1 2]", "{", "{\"a\"",
      "{\"a\":", "{\"a\":1",
      "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "1 2", "[]]", "// no\n1", "{\"a\":1,\"a\":2}", "\u{FEFF}1",
    ])
  func errors(text: String) {
    #expect(throws: ModelFileError.self) { try parse(text) }
  }

  @Test("64 levels are read, 65 and a hundred thousand refused without a deep stack")
  func nesting() throws {
    func nested(_ depth: Int, _ open: String, _ close: String) -> String {
      String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
    }
    _ = try parse(nested(64, "[", "]"))
    _ = try parse(nested(64, "{\"a\":", "}"))
    for depth in [65, 100_000] {
      #expect(throws: ModelFileError.self) { try parse(nested(depth, "[", "]")) }
      #expect(throws: ModelFileError.self) { try parse(nested(depth, "{\"a\":", "}")) }
    }
  }

  @Test("bytes that are not UTF-8 are refused in keys and in values")
  func encoding() {
    for bytes: [UInt8] in [
      [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xFF],
    ] {
      #expect(throws: ModelFileError.self) { try parse(bytes) }
    }
  }
}
