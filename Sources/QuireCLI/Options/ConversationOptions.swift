import ArgumentParser
import QuireBatch
import QuireChat
import QuireEngine

/// How conversations become prompts, and which part of an answer its text is.
struct ConversationOptions: ParsableArguments {
  enum ReasoningParser: String, CaseIterable, ExpressibleByArgument {
    case auto, none

    fileprivate var configured: EngineConfiguration.ReasoningParser { self == .auto ? .auto : .none }
  }

  @Option(parsing: .unconditional, help: "System text of conversations that bring none.")
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

  /// Throws for what can be found wrong without a model.
  func check() throws {
    if let historyTokenBudget, historyTokenBudget < 1 {
      throw CommandError(.usage, "--history-token-budget is \(historyTokenBudget), but must be at least 1")
    }
    if let historyLength, historyLength < 0 {
      throw CommandError(.usage, "--history-length is \(historyLength), but must be at least 0")
    }
    _ = try template.arguments()
  }

  /// States the chat format in what an engine is made with.
  func state(in configuration: inout EngineConfiguration) {
    configuration.chatTemplate = template.chatTemplate
    configuration.chatDate = template.chatDate
    configuration.reasoningParser = reasoningParser.configured
  }

  /// States what lines and bodies leave open of conversations.
  func state(in options: inout BatchJob.Options) throws {
    options.system = system
    options.chatTemplateArguments = try template.arguments()
    options.historyTokenBudget = historyTokenBudget
    options.historyLength = historyLength
  }

  /// Throws where the model has no chat template that it needs.
  ///
  /// - Parameters:
  ///   - name: what the model was called.
  ///   - isNeeded: whether conversations are asked for; a template that was named has to be there whatever is asked.
  func check(_ model: ModelContext, named name: String, isNeeded: Bool) throws(CommandError) {
    guard case .failure(let error) = model.chat else { return }
    let told = error.message(in: CommandLineDialect())
    if template.chatTemplate != "auto" { throw CommandError(.usage, told) }
    if isNeeded { throw CommandError(.unusableModel, "\(name): \(told)") }
  }
}
