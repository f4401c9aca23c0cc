import ArgumentParser
import QuireEngine

/// How conversations become prompts, and their answers texts.
struct ChatOptions: ParsableArguments {
  enum ReasoningParser: String, CaseIterable, ExpressibleByArgument {
    case auto, none

    var configured: EngineConfiguration.ReasoningParser { self == .auto ? .auto : .none }
  }

  @Flag(help: "Take bare prompts as a user's turn in the model's chat format.")
  var chat = false
  @Option(parsing: .unconditional, help: "System text of conversations that bring none; implies --chat.")
  var system: String?
  @OptionGroup var template: ChatTemplateArguments
  @Option(
    name: .customLong("reasoning-parser"),
    help: "auto tells what the model thinks apart from its answers; none leaves it in them.")
  var reasoningParser = ReasoningParser.auto
  @Option(
    name: .customLong("history-token-budget"), parsing: .unconditional,
    help: "Most tokens of a conversation; older rounds are dropped.")
  var historyTokenBudget: Int?
  @Option(
    name: .customLong("history-length"), parsing: .unconditional,
    help: "Most earlier rounds of a conversation; older ones are dropped.")
  var historyLength: Int?
  @Flag(
    name: .customLong("no-special-tokens"), help: "Take control tokens written in raw prompts as plain text.")
  var noSpecialTokens = false

  func check() throws {
    if let historyTokenBudget, historyTokenBudget < 1 {
      throw CommandError(.usage, "--history-token-budget is \(historyTokenBudget), but must be at least 1")
    }
    if let historyLength, historyLength < 0 {
      throw CommandError(.usage, "--history-length is \(historyLength), but must be at least 0")
    }
    _ = try template.arguments()
  }
}
