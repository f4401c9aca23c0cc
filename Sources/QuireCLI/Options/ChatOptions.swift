import ArgumentParser
import QuireChat

/// How conversations become prompts.
struct ChatOptions: ParsableArguments {
  @Flag(help: "Take bare prompts as a user's turn in the model's chat format.")
  var chat = false
  @Option(parsing: .unconditional, help: "System text of conversations that bring none; implies --chat.")
  var system: String?
  @Option(name: .customLong("chat-template"), help: "The chat format: \(ChatFormat.optionValues).")
  var chatTemplate = "auto"
  @Option(
    name: .customLong("history-token-budget"), parsing: .unconditional,
    help: "Most tokens of a conversation; older rounds are dropped.")
  var historyTokenBudget: Int?
  @Flag(
    name: .customLong("no-special-tokens"), help: "Take control tokens written in raw prompts as plain text.")
  var noSpecialTokens = false

  func check() throws {
    guard chatTemplate == "auto" || ChatFormat(rawValue: chatTemplate) != nil else {
      throw CommandError(.usage, "--chat-template is \(chatTemplate), but must be \(ChatFormat.optionValues)")
    }
    if let historyTokenBudget, historyTokenBudget < 1 {
      throw CommandError(.usage, "--history-token-budget is \(historyTokenBudget), but must be at least 1")
    }
  }
}
