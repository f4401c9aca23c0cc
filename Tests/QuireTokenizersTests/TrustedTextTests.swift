import Testing

@testable import QuireTokenizers

@Suite("Texts of which parts are trusted")
struct TrustedTextTests {
  private static let names = ["tiny-qwen2.json", "tiny-llama3.json", "tiny-prefix.json"]

  private func tokenizer(_ index: Int) throws -> Tokenizer {
    try Tokenizer.load(tokenizerJSON: Goldens.path(Self.names[index]))
  }

  @Test("all trusted is a text with its control tokens, nothing trusted one without", arguments: [0, 1, 2])
  func wholeAndNothing(_ index: Int) throws {
    let tokenizer = try tokenizer(index)
    var wrong: [String] = []
    for text in Goldens.texts {
      let whole = tokenizer.encode(text, trusting: [0..<text.utf8.count], guarding: [])
      let nothing = tokenizer.encode(text, trusting: [], guarding: [])
      if whole != tokenizer.encode(text, recognizeSpecialTokens: true)
        || nothing != tokenizer.encode(text, recognizeSpecialTokens: false)
      {
        wrong.append(text)
      }
    }
    #expect(Goldens.texts.count == 6000)
    #expect(wrong == [])
  }

  @Test("a control token counts where it stands whole in trusted parts, and nowhere else")
  func places() throws {
    let tokenizer = try tokenizer(1)
    let marker = "<|begin_of_text|>"
    let id = try #require(tokenizer.specialTokenID(marker))
    func count(_ text: String, _ ranges: [Range<Int>]) -> Int {
      tokenizer.encode(text, trusting: ranges, guarding: []).filter { $0 == id }.count
    }
    let length = marker.utf8.count
    #expect(count(marker + marker, [0..<length]) == 1)
    #expect(count(marker + marker, [length..<2 * length]) == 1)
    #expect(count(marker, [0..<5, 5..<length]) == 1)
    #expect(count(marker, [0..<length - 1]) == 0)
    #expect(count("é" + marker, [1..<length + 1]) == 0)
    #expect(count("é" + marker, [2..<length + 2]) == 1)
    // A refused beginning hides no token that is trusted.
    #expect(count("<|begin" + marker, [7..<7 + length]) == 1)
  }

  @Test("text beside a trusted token is one piece with the trusted text around it")
  func joins() throws {
    let tokenizer = try tokenizer(1)
    let marker = "<|begin_of_text|>"
    let text = marker + "hel" + "lo wor" + "ld" + marker
    let (start, end) = (marker.utf8.count + 3, marker.utf8.count + 9)
    #expect(
      tokenizer.encode(text, trusting: [0..<start, end..<text.utf8.count], guarding: [])
        == tokenizer.encode(text, recognizeSpecialTokens: true))
  }

  @Test("a guarded token that is not special stays text where it is not trusted")
  func guarded() {
    let token = AddedToken(id: 7, content: Array("<think>".utf8), isSpecial: false)
    let text = "<think>a<think>"
    func segments(_ trusted: TrustedText) -> Int {
      var count = 0
      Array(text.utf8).withUnsafeBufferPointer { utf8 in
        AddedTokenMatcher([token]).forEachSegment(of: utf8, recognizeSpecial: false, trusted: trusted) {
          if case .token = $0 { count += 1 }
        }
      }
      return count
    }
    #expect(segments(TrustedText([0..<7], guarding: [])) == 2)
    #expect(segments(TrustedText([0..<7], guarding: [7])) == 1)
    #expect(segments(TrustedText([0..<7], guarding: [7]).alone(in: 0..<7)) == 1)
    #expect(segments(TrustedText([8..<15], guarding: []).alone(in: 8..<15)) == 1)
  }

  @Test("the added tokens that stand in a text are found, special or not")
  func addedTokens() throws {
    let tokenizer = try tokenizer(1)
    let id = try #require(tokenizer.specialTokenID("<|begin_of_text|>"))
    #expect(tokenizer.addedTokenIDs(in: "{{ '<|begin_of_text|>' + m }}") == [id])
    #expect(tokenizer.addedTokenIDs(in: "begin_of_text") == [])
  }
}
