import QuireJSON
import Testing

/// Both ways to read a text: they share one grammar.
private func refusal(_ bytes: [UInt8]) -> JSONSyntaxError? {
  let view = #expect(throws: JSONSyntaxError.self) { try JSONView(validating: bytes) }
  let tree = #expect(throws: JSONSyntaxError.self) {
    try JSONValue(parsing: bytes, repeatedKeys: .kept, depthLimit: JSONView.depthLimit)
  }
  #expect(view == tree)
  return view
}

@Suite("JSON's grammar")
struct JSONSyntaxTests {
  @Test(
    "what is no JSON text is refused where it goes wrong",
    arguments: [
      ("", 1), (" ", 2), ("nul", 1), ("nulL", 1), ("tru", 1), ("NaN", 1), ("Infinity", 1), ("-Infinity", 2),
      ("+1", 1), ("01", 1), ("-01", 2), ("1.", 3), (".5", 1), ("1e", 3), ("1e+", 4), ("-", 2), ("0x1", 2),
      ("\"", 1), ("\"a", 1), ("\"abc", 1), ("\"\n\"", 2), ("\"a\tb\"", 3), ("\"\u{1}\"", 2), ("'a'", 1),
      (#""\x""#, 3), (#""\u12""#, 6), (#""\u12G4""#, 6), (#""\u+123""#, 4), ("\"\\", 3), (#""\""#, 1),
      (#""\ud800""#, 2), (#""\ud83d""#, 2), (#""\udc00""#, 2), (#""\ud83dx""#, 2), (#""\ud800\u0041""#, 2),
      ("[", 2), ("[1", 3), ("[1,]", 4), ("[,1]", 2), ("[1 2]", 4), ("[]]", 3), ("]", 1), ("[1}", 3),
      ("{", 2), ("{\"a\"", 5), ("{\"a\":", 6), ("{\"a\":1", 7), ("{\"a\":1,}", 8), ("{\"a\":1,", 8),
      ("{\"a\" 1}", 6), ("{a:1}", 2), ("{1:1}", 2), ("{\"a\":1 \"b\":2}", 8), ("{]", 2),
      ("1 2", 3), ("{} {}", 4), ("// no\n1", 1), ("[1/**/]", 3), ("\u{FEFF}1", 1), ("\u{A0}1", 1),
    ])
  func malformed(text: String, byte: Int) {
    let error = refusal(Array(text.utf8))
    #expect(error?.offset == byte - 1, "\(text): \(String(describing: error))")
  }

  @Test(
    "nesting is taken to its limit and refused beyond, however deep",
    arguments: [("[", "]"), ("{\"a\":", "}")])
  func nesting(open: String, close: String) throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
    }
    _ = try JSONView(validating: nested(JSONView.depthLimit))
    _ = try JSONValue(parsing: nested(JSONValue.depthLimit), repeatedKeys: .refused)
    for depth in [JSONView.depthLimit + 1, 100_000] {
      #expect(throws: JSONSyntaxError.self) { try JSONView(validating: nested(depth)) }
    }
    for depth in [JSONValue.depthLimit + 1, 100_000] {
      let error = #expect(throws: JSONSyntaxError.self) {
        try JSONValue(parsing: nested(depth), repeatedKeys: .refused)
      }
      #expect(error?.found == "nesting of 65 levels")
      #expect(error?.expected == "at most 64 nested levels")
    }
    _ = refusal([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))
  }

  @Test(
    "bytes that are not UTF-8 are refused in keys and in values",
    arguments: [
      [0xFF], [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x9F, 0xBF], [0xE4, 0xBD],
      [0xED, 0xA0, 0x80],
      [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98, 0x41],
    ] as [[UInt8]])
  func encoding(bytes: [UInt8]) {
    #expect(refusal(bytes)?.offset == 0)
    let string = Array("\"a".utf8) + bytes + Array("\"".utf8)
    #expect(refusal(string)?.offset == 2)
    #expect(refusal(Array("{".utf8) + string + Array(":1}".utf8))?.offset == 3)
    #expect(refusal(Array("\"a".utf8) + bytes) != nil)
  }

  @Test("every scalar of Unicode passes in a string, as its bytes")
  func scalars() throws {
    for plane in 0..<17 {
      var text = "\""
      for value in UInt32(plane << 16)..<UInt32((plane + 1) << 16) where value >= 0x20 {
        guard let scalar = Unicode.Scalar(value), scalar != "\"", scalar != "\\" else { continue }
        text.unicodeScalars.append(scalar)
      }
      let bytes = Array((text + "\"").utf8)
      let value = try JSONValue(parsing: bytes, repeatedKeys: .refused)
      #expect(value == .string(Array(bytes.dropFirst().dropLast())))
    }
  }

  @Test("a text cut anywhere is refused where it ends, or where the string that was cut begins")
  func cuts() {
    let whole = Array(#"{"a": [1, -2.5e+3, "\ud83d\ude00 é", true, null], "b": {}}"#.utf8)
    for count in 0..<whole.count { #expect(refusal(Array(whole[..<count])) != nil) }
  }

  @Test("a message says what stands where and what would be right")
  func messages() {
    #expect(refusal(Array("[1,]".utf8))?.description == "found ']' at byte 4, expected a value")
    #expect(
      refusal(Array("[1".utf8))?.description == "found the end of the text at byte 3, expected ',' or ']'")
    let mark = refusal(Array("\u{FEFF}1".utf8))
    #expect(mark?.description == "found a byte order mark at byte 1, expected a value")
  }
}
