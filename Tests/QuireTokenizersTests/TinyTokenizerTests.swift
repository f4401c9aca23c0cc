import Testing

@testable import QuireTokenizers

@Suite("tokenizer.json of every supported form")
struct TinyTokenizerTests {
  static let names = ["tiny-qwen2.json", "tiny-llama3.json", "tiny-prefix.json"]

  @Test("2,000 texts have the oracle's ids, control tokens recognised and not", arguments: [0, 1, 2])
  func goldenIDs(_ tokenizerIndex: Int) throws {
    let tokenizer = try Tokenizer.load(tokenizerJSON: Goldens.path(Self.names[tokenizerIndex]))
    let digests = try Goldens.digests("tiny.txt")
    #expect(digests.count == 2000)
    var wrong: [String] = []
    for (index, row) in digests.enumerated() {
      for (column, recognizes) in [(2 * tokenizerIndex, true), (2 * tokenizerIndex + 1, false)] {
        let ids = tokenizer.encode(Goldens.texts[index], recognizeSpecialTokens: recognizes)
        if Digest(ids) != row[column] { wrong.append(Goldens.texts[index]) }
      }
    }
    #expect(wrong == [])
  }

  @Test("the template's BOS is added on request")
  func beginningOfText() throws {
    let path = Goldens.path("tiny-llama3.json")
    let tokenizer = try Tokenizer.load(tokenizerJSON: path)
    let begin = try #require(tokenizer.specialTokenID("<|begin_of_text|>"))
    #expect(tokenizer.bosTokenID == begin)
    #expect(tokenizer.addsBOS)
    let plain = tokenizer.encode("hello", recognizeSpecialTokens: false)
    #expect(
      tokenizer.encode("hello", recognizeSpecialTokens: false, addSpecialTokens: true) == [begin] + plain)
  }

  @Test("a whole word is one token only where merges are ignored")
  func ignoreMerges() throws {
    let tokenizer = try Tokenizer.load(tokenizerJSON: Goldens.path("tiny-llama3.json"))
    let ids = tokenizer.encode(" capital", recognizeSpecialTokens: false)
    #expect(ids.count == 1)
    #expect(tokenizer.tokenText(ids[0]) == " capital")
  }

  @Test("many threads encode the same ids")
  func threads() async throws {
    let tokenizer = try Tokenizer.load(tokenizerJSON: Goldens.path("tiny-qwen2.json"))
    let text = Goldens.texts[3..<40].joined(separator: "\n")
    let expected = tokenizer.encode(text, recognizeSpecialTokens: true)
    await withTaskGroup(of: [Int32].self) { group in
      for _ in 0..<8 { group.addTask { tokenizer.encode(text, recognizeSpecialTokens: true) } }
      for await ids in group { #expect(ids == expected) }
    }
  }
}
