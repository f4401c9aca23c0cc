import ArgumentParser
import Foundation
import QuireChat
import QuireModelFiles
import QuireModels
import QuireTokenizers

/// `quire inspect`: what a model file holds, or why it is refused.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Tell what a model file holds, or why it is refused.")

  @Argument(help: "A .gguf file, a directory in Hugging Face layout, or a model id in a local cache.")
  var path: String
  @Flag(help: "Write one JSON object.")
  var json = false
  @Flag(name: .customLong("special-tokens"), help: "List the control tokens: id, text and role.")
  var specialTokens = false

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
