public import QuireChat
public import QuireModelFiles
public import QuireTokenizers

/// Why an engine could not be made, or could not go on.
public enum EngineError: Error, Sendable, CustomStringConvertible {
  /// An option is out of range or does not fit the model.
  case badOption(String)
  /// The model's files are unusable.
  case modelFile(ModelFileError)
  /// The model's tokenizer is unusable.
  case tokenizer(TokenizerError)
  /// The chat format is unknown, or the tokenizer lacks one of its control tokens.
  case chat(ChatError)
  /// A request cannot be carried out: its place in the call, and why.
  case request(index: Int, message: String)

  /// The whole message, for a person.
  public var description: String {
    switch self {
    case .badOption(let message): message
    case .modelFile(let error): error.description
    case .tokenizer(let error): error.description
    case .chat(let error): error.description
    case .request(let index, let message): "request \(index): \(message)"
    }
  }

  /// Throws ``badOption(_:)`` where the value of an option (named without `--`) lies outside its range.
  package static func checkOption(
    _ option: String, _ value: Int, _ range: ClosedRange<Int>
  ) throws(EngineError) {
    guard range.contains(value) else {
      throw .badOption(
        "\(option) is \(value); it must be between \(range.lowerBound) and \(range.upperBound)")
    }
  }
}
