import Foundation
import QuireRequests
import QuireTokenizers
import Testing

@testable import QuireChat

@Suite("The space before what begins a text")
struct TextBeginningTests {
  private static let vocabulary = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .appending(path: "Goldens/tokenizers/pieces-first.json")

  /// Metaspace with `prepend_scheme` `first`, over a vocabulary whose `[INST]` is ordinary text.
  private func formatter(writesBOS: Bool) throws -> (ChatFormatter, Tokenizer) {
    let tokenizer = try Tokenizer.load(tokenizerJSON: Self.vocabulary.path)
    var style = ChatStyle.standard(.mistral)
    style.writesBOS = writesBOS
    return (try ChatFormatter(style: style, tokenizer: tokenizer), tokenizer)
  }

  private static let conversations: [[ChatMessage]] = [
    [.user("Hi")], [.user("")], [.user("What is it?"), .assistant("A thing."), .user("and now?")],
    [.user("a"), .assistant("b"), .user("c"), .assistant("d"), .user("the last of all questions")],
  ]

  @Test(
    "stands before a prompt's first text where no control token does, and nowhere else",
    arguments: [true, false])
  func beginning(writesBOS: Bool) throws {
    let (formatter, tokenizer) = try formatter(writesBOS: writesBOS)
    for messages in Self.conversations {
      let prompt = try formatter.whole(messages)
      #expect(prompt.tokenIDs == tokenizer.encode(prompt.text, recognizeSpecialTokens: true))
      #expect((prompt.tokenIDs.first == 1) == writesBOS)
    }
  }

  @Test("counts in a budget", arguments: [true, false])
  func budget(writesBOS: Bool) throws {
    let (formatter, tokenizer) = try formatter(writesBOS: writesBOS)
    let messages = Self.conversations[3]
    let whole = try formatter.whole(messages).tokenIDs.count
    #expect(
      try formatter.prompt(for: messages, tokenBudget: whole, cut: .allowed).history.roundsDropped == 0)
    for budget in 12..<whole {
      guard let prompt = try? formatter.prompt(for: messages, tokenBudget: budget, cut: .allowed) else {
        continue
      }
      #expect(prompt.tokenIDs.count <= budget)
      #expect(prompt.tokenIDs == tokenizer.encode(prompt.text, recognizeSpecialTokens: true))
    }
  }
}
