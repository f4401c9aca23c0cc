import QuireJSON
import Testing

@Suite("Excerpts")
struct ExcerptTests {
  @Test("A text up to the limit stays whole, a longer one loses its end")
  func cut() {
    #expect(Excerpt.quoted("ab") == "\"ab\"")
    #expect(Excerpt.quoted(String(repeating: "é", count: 60)) == "\"\(String(repeating: "é", count: 60))\"")
    #expect(Excerpt.quoted(String(repeating: "é", count: 61)) == "\"\(String(repeating: "é", count: 57))…\"")
    #expect(Excerpt.bare("abcde", limit: 4) == "a…")
    #expect(Excerpt.bare("abcd", limit: 4) == "abcd")
  }

  @Test("What moves a cursor or ends a line is escaped")
  func escapes() {
    #expect(
      Excerpt.bare("a\tb\nc\rd\u{1B}[1m\u{7F}\u{9B}\u{2028}") == #"a\tb\nc\rd\u{1b}[1m\u{7f}\u{9b}\u{2028}"#)
  }

  @Test(
    "A name stands bare where it is plain",
    arguments: [
      ("blk.0.attn_q.weight", "blk.0.attn_q.weight"), ("", "\"\""), ("a b", "\"a b\""), ("a\"", "\"a\"\""),
      ("a\n", #""a\n""#), ("é", "é"),
    ])
  func names(name: String, shown: String) {
    #expect(Excerpt.name(name) == shown)
  }

  @Test("A letter under ten million combining marks is cut without reading them", .timeLimit(.minutes(5)))
  func combiningMarks() {
    let text = "a" + String(repeating: "\u{301}", count: 10_000_000)
    // Reading all of them as often would take the time limit many times.
    for _ in 0..<100_000 { _ = Excerpt.quoted(text) }
    #expect(Excerpt.quoted(text).unicodeScalars.count == 60)
  }

  @Test("Bytes that are no UTF-8 are shown as replacement characters")
  func broken() {
    #expect(Excerpt.quoted([0x61, 0xFF, 0x62]) == "\"a\u{FFFD}b\"")
  }
}
