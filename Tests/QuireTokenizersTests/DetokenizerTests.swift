import Testing

@testable import QuireTokenizers

@Suite("Decoding")
struct DetokenizerTests {
  private func byteTokenizer() throws -> Tokenizer {
    let file = try TemporaryFile(TiktokenFileTests.bytes.utf8)
    return try Tokenizer.load(tiktoken: file.path)
  }

  private func check(_ ids: [Int32], _ tokenizer: Tokenizer, skipSpecialTokens: Bool) {
    var detokenizer = IncrementalDetokenizer(tokenizer: tokenizer, skipSpecialTokens: skipSpecialTokens)
    var text = ""
    for (index, id) in ids.enumerated() {
      text += detokenizer.append(id)
      var copy = detokenizer
      let whole = tokenizer.decode(ids[...index], skipSpecialTokens: skipSpecialTokens)
      #expect((text + copy.finish()).utf8.elementsEqual(whole.utf8), "\(ids[...index])")
    }
  }

  @Test("what was emitted and the rest are the whole text, for every prefix of real texts")
  func prefixes() throws {
    let tokenizer = try byteTokenizer()
    for text in Goldens.texts.prefix(120) {
      check(tokenizer.encode(text, recognizeSpecialTokens: true), tokenizer, skipSpecialTokens: false)
    }
  }

  @Test("what was emitted and the rest are the whole text, for every prefix of broken bytes")
  func brokenBytes() throws {
    let tokenizer = try byteTokenizer()
    let leads: [UInt8] = [
      0x41, 0x80, 0xBF, 0xC0, 0xC3, 0xE0, 0xE4, 0xED, 0xEF, 0xF0, 0xF3, 0xF4, 0xF5, 0xFF, 0x9F, 0xA0,
    ]
    for first in leads {
      for second in leads {
        for third in leads where third >= 0x80 {
          check([first, second, third, 0x80, 0x41].map(Int32.init), tokenizer, skipSpecialTokens: false)
        }
      }
    }
  }

  @Test("half a character is held back, and becomes U+FFFD at the end")
  func heldBack() throws {
    var detokenizer = IncrementalDetokenizer(tokenizer: try byteTokenizer())
    #expect(detokenizer.append(0xF0) == "")
    #expect(detokenizer.append(0x9F) == "")
    #expect(detokenizer.append(0x98) == "")
    #expect(detokenizer.append(0x80) == "😀")
    #expect(detokenizer.append(0xE4) == "")
    #expect(detokenizer.append(0xBD) == "")
    #expect(detokenizer.append(0x41) == "\u{FFFD}A")
    #expect(detokenizer.append(0xE4) == "")
    #expect(detokenizer.finish() == "\u{FFFD}")
    #expect(detokenizer.finish() == "")
  }

  @Test("each maximal ill-formed part becomes one U+FFFD, as in Rust and Python")
  func lossyDecoding() throws {
    let tokenizer = try byteTokenizer()
    let cases: [([Int32], Int)] = [
      ([0xE4, 0xBD], 1), ([0xF0, 0x9F, 0x98], 1), ([0xE0, 0x80], 2), ([0xED, 0xA0, 0x80], 3),
      ([0xC0, 0x80], 2), ([0xF4, 0x90, 0x80, 0x80], 4), ([0xF0, 0x9F, 0xE4, 0xBD], 2), ([0xFF], 1),
    ]
    for (ids, count) in cases {
      #expect(tokenizer.decode(ids) == String(repeating: "\u{FFFD}", count: count))
    }
  }

  @Test("special tokens are skipped or written, whether or not a character is unfinished")
  func specialTokens() throws {
    let tokenizer = try byteTokenizer()
    let end = try #require(tokenizer.specialTokenID("<|im_end|>"))
    check([0xE4, end, 0xBD, 0xA0, end], tokenizer, skipSpecialTokens: true)
    check([0xE4, end, 0xBD, 0xA0, end], tokenizer, skipSpecialTokens: false)
    #expect(tokenizer.decode([0x41, end, 0x42], spacesBetweenSpecialTokens: false) == "AB")
  }
}
