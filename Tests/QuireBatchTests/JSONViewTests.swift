import Testing

@testable import QuireBatch

@Suite struct JSONViewTests {
  @Test(
    "what is no JSON value is refused where it goes wrong",
    arguments: [
      ("{", 2), ("[1,]", 4), ("{\"a\":1,}", 8), ("{\"a\" 1}", 6), ("{a:1}", 2), ("NaN", 1), ("-Infinity", 2),
      ("01", 1),
      ("1.", 3), ("1e", 3), ("+1", 1), ("tru", 1), ("\"abc", 1), ("\"\\x\"", 3), ("\"\\u12G4\"", 6),
      ("'a'", 1),
      ("{} {}", 4), ("\"a\tb\"", 3), ("\"\\ud83d\"", 2), ("\"\\udc00\"", 2), ("\"\\ud83dx\"", 2),
      ("[1 2]", 4),
    ])
  func invalid(text: String, byte: Int) throws {
    let error = #expect(throws: JSONSyntaxError.self) { try JSONView(validating: Array(text.utf8)) }
    #expect(error?.offset == byte - 1, "\(text): \(String(describing: error))")
  }

  @Test("nesting is taken to its limit and refused beyond, however deep")
  func nesting() throws {
    let limit = JSONValidator.depthLimit
    let atLimit = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
    #expect(throws: Never.self) { try JSONView(validating: Array(atLimit.utf8)) }
    for depth in [limit + 1, 1_000_000] {
      #expect(throws: JSONSyntaxError.self) {
        try JSONView(validating: [UInt8](repeating: UInt8(ascii: "["), count: depth))
      }
    }
  }

  @Test("members keep their order, their bytes and the text of their keys")
  func members() throws {
    let text = #" { "b" : [1, {"x":"]}"} ] , "\u00e9" : 1.0 ,"":"\\\"","e":-0e2 } "#
    let members = try JSONView(validating: Array(text.utf8)).members()
    #expect(members.map(\.key) == ["b", "é", "", "e"])
    #expect(
      members.map { String(decoding: $0.rawKey, as: UTF8.self) } == [#""b""#, #""\u00e9""#, #""""#, #""e""#])
    let values = members.map { String(decoding: $0.value.raw, as: UTF8.self) }
    #expect(values == [#"[1, {"x":"]}"} ]"#, "1.0", #""\\\"""#, "-0e2"])
  }

  @Test("a key that stands twice is an error, however it is spelt")
  func duplicateKeys() throws {
    let view = try JSONView(validating: Array(#"{"ab":1,"\u0061b":2}"#.utf8))
    let error = #expect(throws: LineError.self) { try view.members() }
    #expect(error?.code == "duplicate_key")
  }

  @Test(
    "strings are decoded as JSON says",
    arguments: [
      (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"), (#""\u4f60\u597D""#, "你好"),
      (#""\ud83d\uDE00""#, "😀"),
      (#""\u0000""#, "\0"), ("\"😀\"", "😀"), ("\"\"", ""),
    ])
  func strings(text: String, decoded: String) throws {
    #expect(try JSONView(validating: Array(text.utf8)).string("x") == decoded)
  }

  @Test("integers are exact to 64 bits and refused beyond")
  func integers() throws {
    func integer(_ text: String) throws -> Int64 { try JSONView(validating: Array(text.utf8)).integer("n") }
    #expect(try integer("9223372036854775807") == .max)
    #expect(try integer("-9223372036854775808") == .min)
    #expect(try integer("-0") == 0)
    for text in ["9223372036854775808", "1e3", "1.0", "\"1\"", "true", "null"] {
      let error = #expect(throws: LineError.self) { try integer(text) }
      #expect(error?.message.hasPrefix("n: found \(text), expected an integer") == true)
    }
  }

  @Test("numbers are doubles, and those beyond their range are refused")
  func doubles() throws {
    func double(_ text: String) throws -> Double { try JSONView(validating: Array(text.utf8)).double("t") }
    #expect(try double("0.1") == 0.1)
    #expect(try double("-0") == 0)
    #expect(try double("1e-400") == 0)
    #expect(throws: LineError.self) { try double("1e400") }
    #expect(throws: LineError.self) { try double("-1e400") }
  }

  @Test("an excerpt of a long value is short and whole characters")
  func excerpts() throws {
    let view = try JSONView(validating: Array("\"\(String(repeating: "语", count: 1000))\"".utf8))
    #expect(view.excerpt.utf8.count <= 60)
    #expect(!view.excerpt.contains("\u{FFFD}"))
  }
}
