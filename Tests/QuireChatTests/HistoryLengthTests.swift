import QuireRequests
import Testing

@testable import QuireChat

@Suite("A number of rounds beside the token budget")
struct HistoryLengthTests {
  private static let messages: [ChatMessage] =
    [.system("s")] + (0..<4).flatMap { [.user("q\($0)"), .assistant("a\($0)")] } + [.user("last")]

  /// By hand and by a template that no format stands for.
  private static let templates = [
    ChatPrompterTests.chatml,
    "{% for m in messages %}<|im_start|>{{ m.role ~ '#' ~ m.content }}<|im_end|>{% endfor %}",
  ]

  private func prompt(_ template: String, _ length: Int?, budget: Int? = nil) throws -> ChatPrompt {
    try ChatPrompter.test(template).prompt(
      for: Self.messages, ChatSettings(historyLength: length), tokenBudget: budget, cut: .allowed)
  }

  @Test("The newest rounds stay, with the instructions and the latest turn", arguments: templates)
  func rounds(template: String) throws {
    let whole = try prompt(template, nil)
    #expect(whole.history.roundsKept == 4)
    for length in 0...6 {
      let prompt = try prompt(template, length)
      #expect(prompt.history.roundsKept == min(length, 4))
      #expect(prompt.history.roundsDropped == max(4 - length, 0))
      let kept = Self.messages.prefix(1) + Self.messages.dropFirst(1 + 2 * max(4 - length, 0))
      let alone = try ChatPrompter.test(template).whole(Array(kept))
      #expect(prompt.tokenIDs == alone.tokenIDs)
      #expect(prompt.text == alone.text)
    }
  }

  @Test("The budget drops what does not fit, and both counts add up", arguments: templates)
  func budget(template: String) throws {
    let two = try prompt(template, 2).tokenIDs.count
    let prompt = try prompt(template, 3, budget: two)
    #expect(prompt.history.roundsKept == 2)
    #expect(prompt.history.roundsDropped == 2)
  }

  @Test("Fewer than no rounds are refused by name")
  func negative() throws {
    let error = #expect(throws: ChatError.self) { try prompt(ChatPrompterTests.chatml, -1) }
    #expect(error?.description.contains("history_length: found -1") == true)
  }
}
