import Testing

@testable import QuireTokenizers

@Suite("How few tokens a text can have")
struct TokenBoundTests {
  @Test("no text has fewer tokens than its bytes say", arguments: TinyTokenizerTests.names)
  func lowerBound(_ name: String) throws {
    let tokenizer = try Tokenizer.load(tokenizerJSON: Goldens.path(name))
    for text in Goldens.texts {
      for recognizes in [true, false] {
        let count = tokenizer.encode(text, recognizeSpecialTokens: recognizes).count
        #expect(count >= tokenizer.leastTokenCount(of: text))
      }
    }
  }

  @Test("a long text has a bound above zero, where no token swallows white space")
  func longText() throws {
    let tokenizer = try Tokenizer.load(tokenizerJSON: Goldens.path("tiny-qwen2.json"))
    let strips = tokenizer.model.addedTokens.contains { $0.stripsLeft || $0.stripsRight }
    #expect((tokenizer.leastTokenCount(of: String(repeating: "a", count: 1_000_000)) > 0) == !strips)
  }
}
