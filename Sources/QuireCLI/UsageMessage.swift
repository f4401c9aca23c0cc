import ArgumentParser
import QuireBatch

/// What the argument parser says of arguments that it cannot take, and where help is.
enum UsageMessage {
  /// - Parameter arguments: the process's, without the program's name.
  static func text(_ error: any Error, arguments: [String]) -> String {
    let command = arguments.first.flatMap { name in
      QuireCommand.configuration.subcommands.first { $0._commandName == name }.map { _ in " " + name }
    }
    return "\(mended(QuireCommand.message(for: error))); see quire\(command ?? "") --help"
  }

  /// The parser proposes whatever option is nearest, however far; a proposal stands only where it is a slip of the pen
  /// away, or what another engine's name means here.
  private static func mended(_ message: String) -> String {
    let beginning = "Unknown option '"
    guard message.hasPrefix(beginning) else { return message }
    let given = String(message.dropFirst(beginning.count).prefix { $0 != "'" })
    let finding = "\(beginning)\(given)'"
    let name = String(given.drop { $0 == "-" }).replacing("-", with: "_")
    if case .means(let field) = NearKeys.judge(name) {
      return "\(finding); did you mean '--\(field.replacing("_", with: "-"))'?"
    }
    let proposed = message.dropFirst(finding.count).split(separator: "'")
    guard proposed.count > 1 else { return finding }
    let distance = Spelling.distance(Spelling.folded(given), Spelling.folded(String(proposed[1])))
    return distance <= given.count / 6 ? "\(finding); did you mean '\(proposed[1])'?" : finding
  }
}
