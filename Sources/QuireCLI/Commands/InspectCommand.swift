import ArgumentParser
import Foundation
import QuireChat
import QuireEngine
import QuireModelFiles
import QuireModels
import QuirePlatform
import QuireRequests
import QuireTokenizers

/// `quire inspect`: what a model file holds, or why it is refused.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Tell what a model file holds, or why it is refused.")

  @Argument(
    help: "A .gguf file, a directory in Hugging Face layout, or a model id in a local cache.",
    completion: .file())
  var path: String
  @Flag(help: "Write one JSON object.")
  var json = false
  @Flag(name: .customLong("special-tokens"), help: "List the control tokens: id, text and role.")
  var specialTokens = false

  @Flag(name: .customLong("skip-weights"), help: "Leave the weights unread; a run refuses NaN in them.")
  var skipWeights = false

  func run() throws {
    var inspection: ModelInspection
    do throws(ModelFileError) {
      let path = try ModelLocator.resolve(path, environment: ProcessInfo.processInfo.environment)
      inspection = try ModelInspection.inspect(path)
    } catch {
      throw CommandError(error)
    }
    if specialTokens, inspection.tokenizerKind != nil {
      inspection.specialTokens = try loadTokenizer(path).specialTokens.map {
        ModelInspection.SpecialTokenSummary(id: Int($0.id), text: $0.text, roles: $0.roles)
      }
    }
    let way = inspection.chatTemplate == nil ? nil : chatWay
    let text =
      json
      ? inspection.json(chatFormatName: way?.name, chatWay: way?.description)
      : inspection.text(chatWay: way?.description)
    try StandardOutput.write(text)
    if let refusal = inspection.refusal { throw CommandError(refusal) }
    // The description counts the tokenizer's files; only loading shows that they are sound.
    _ = try loadTokenizer(path)
    try checkAsRunning()
  }

  /// Throws for what only a run would find: sampling defaults out of range, and weights that are no numbers.
  private func checkAsRunning() throws(CommandError) {
    let package: ModelPackage
    do throws(ModelFileError) {
      package = try ModelPackage.open(
        try ModelLocator.resolve(path, environment: ProcessInfo.processInfo.environment))
    } catch {
      throw CommandError(error)
    }
    try SamplingSettings(package.generationDefaults).checkAsDefaults(
      of: path, vocabularySize: package.shape.vocabularySize)
    if skipWeights { return }
    do throws(ModelFileError) {
      try package.checkNumbers(on: ThreadTeam(threadCount: ProcessorCount.usable()))
    } catch {
      throw CommandError(error)
    }
  }

  /// How prompts of conversations would be made, and the hand-written format that is followed; why none would where the
  /// tokenizer or the template is unusable.
  private var chatWay: (name: String?, description: String) {
    do throws(CommandError) {
      let way = try loadPrompter(path).way
      return (way.formatName, way.description)
    } catch {
      return (nil, error.message)
    }
  }
}
