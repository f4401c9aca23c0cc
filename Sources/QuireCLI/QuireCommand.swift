import ArgumentParser
import QuireEngine

/// `quire`: batched offline text generation on CPUs.
struct QuireCommand: ParsableCommand {
  static let version = QuireVersion.current

  static let configuration = CommandConfiguration(
    commandName: "quire",
    abstract: "Batched offline text generation on CPUs: a file of prompts in, a file of answers out.",
    version: "quire \(version)",
    subcommands: [
      RunCommand.self, ScoreCommand.self, ChatCommand.self, ServeCommand.self, MergeCommand.self,
      VerifyCommand.self,
      TokenizeCommand.self,
      InspectCommand.self,
      BenchCommand.self,
      ProfileCommand.self, PullCommand.self, ConvertCommand.self,
      DoctorCommand.self,
    ])
}
