import Testing

@testable import QuireTokenizers

@Suite("Added tokens in text")
struct AddedTokenMatcherTests {
  private func token(_ id: Int32, _ text: String) -> AddedToken {
    AddedToken(id: id, content: Array(text.utf8))
  }

  private func segments(
    _ text: String, _ tokens: [AddedToken], recognizeSpecial: Bool = true
  ) -> [String] {
    var result: [String] = []
    Array(text.utf8).withUnsafeBufferPointer { utf8 in
      AddedTokenMatcher(tokens).forEachSegment(of: utf8, recognizeSpecial: recognizeSpecial) { segment in
        switch segment {
        case .token(let id): result.append("#\(id)")
        case .text(let range): result.append(String(decoding: utf8[range], as: UTF8.self))
        }
      }
    }
    return result
  }

  @Test("the leftmost token wins, of those that start together the longest")
  func leftmostLongest() {
    let tokens = [token(0, "ab"), token(1, "abcd"), token(2, "bcde"), token(3, "c")]
    #expect(segments("xabcdeabc", tokens) == ["x", "#1", "e", "#0", "#3"])
    #expect(segments("abce", tokens) == ["#0", "#3", "e"])
    #expect(segments("", tokens) == [])
  }

  @Test("a special token left as text hides what overlaps it; others are still found")
  func unrecognised() {
    var plain = token(1, "end")
    plain.isSpecial = false
    let tokens = [token(0, "<|end|>"), plain]
    #expect(segments("a<|end|>end", tokens) == ["a", "#0", "#1"])
    #expect(segments("a<|end|>end", tokens, recognizeSpecial: false) == ["a<|end|>", "#1"])
  }

  @Test("whitespace on the stripped sides goes with the token")
  func strips() {
    var left = token(0, "<l>")
    left.stripsLeft = true
    var right = token(1, "<r>")
    right.stripsRight = true
    #expect(segments("a \u{3000}<l> b", [left, right]) == ["a", "#0", " b"])
    #expect(segments("a <r>\n\u{85} b", [left, right]) == ["a ", "#1", "b"])
    #expect(segments("<r>  <l>", [left, right]) == ["#1", "#0"])
  }

  @Test("a single word is not touched by word characters")
  func singleWord() {
    var word = token(0, "the")
    word.isSingleWord = true
    #expect(segments("the bathe théà the_ (the)", [word]) == ["#0", " bathe théà the_ (", "#0", ")"])
  }
}
