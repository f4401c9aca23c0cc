import ArgumentParser
import QuireBatch
import QuireEngine
import QuireRequests

/// `quire serve`: answers requests over HTTP.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Answer requests over HTTP, as OpenAI's servers do.",
    discussion: "Needs a program that was built with --traits Server; see docs/server.md.")

  @OptionGroup var modelArguments: ModelArguments
  @OptionGroup(title: "Server") var server: ServerOptions
  @OptionGroup(title: "Sampling, for requests that say nothing") var sampling: SamplingOptions
  @OptionGroup(title: "What answers must be, for requests that say nothing") var structure: StructureOptions
  @OptionGroup(title: "Chat") var conversation: ConversationOptions
  @OptionGroup(title: "Chat") var rawPrompts: RawPromptOptions
  @OptionGroup(title: "Engine") var engine: EngineArguments
  @OptionGroup(title: "Log") var logging: LogOptions

  func run() throws {
    #if Server
      try serve()
    #else
      throw CommandError(
        .usage,
        "this program was built without a server; build one with swift build -c release --traits Server")
    #endif
  }
}
