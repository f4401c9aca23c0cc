import QuireBatch
import QuireRequests

/// The names of the command line: `--max-tokens` for a sampling parameter, `--max-num-seqs` for an option.
struct CommandLineDialect: ErrorDialect {
  func name(of place: ErrorPlace) -> String {
    switch place {
    case .parameter(let field): Self.option(field.rawValue)
    case .constraint(let kind, let inside):
      Self.option(SamplingField.structuredOutputs.rawValue) + ".\(kind.rawValue)\(inside)"
    case .option(let option): Self.shortNames[option] ?? Self.option(option.rawValue)
    case .prompt, .promptTokenIDs, .messages, .choice, .scoredText, .chatSetting, .request:
      JSONDialect(options: self).name(of: place)
    }
  }

  /// The options that everybody writes in short.
  private static let shortNames: [OptionName: String] = [.input: "-i", .output: "-o"]

  private static func option(_ name: String) -> String { "--" + name.replacing("_", with: "-") }
}
