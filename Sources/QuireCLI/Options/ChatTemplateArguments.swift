import ArgumentParser
import QuireChat
import QuireEngine
import QuireOpenAI
import QuireRequests

/// Which chat template makes prompts of conversations, and what it is given.
struct ChatTemplateArguments: ParsableArguments {
  @Option(
    name: .customLong("chat-template"),
    help: "\(ChatFormat.optionValues), the name of one of the model's templates, a path, or a template.",
    completion: .file())
  var chatTemplate = "auto"
  @Option(
    name: .customLong("chat-template-kwargs"), parsing: .unconditional,
    help: #"Variables of the template that lines do not set: {"enable_thinking": false}."#)
  var templateArguments: String?
  @Option(
    name: .customLong("chat-date"),
    help: "What templates take for today: \(EngineConfiguration.defaultChatDate).")
  var chatDate = EngineConfiguration.defaultChatDate

  /// The variables, read.
  func arguments() throws -> [String: JSONText] {
    guard let templateArguments else { return [:] }
    do throws(InputError) {
      return try ChatSettingsReader.templateArguments(
        inText: templateArguments, path: "--chat-template-kwargs")
    } catch {
      throw CommandError(.usage, error.message)
    }
  }
}
