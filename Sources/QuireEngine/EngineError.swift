public import QuireModelFiles
public import QuireRequests
public import QuireTokenizers

/// Why an engine could not be made, or why a call of several requests ended early.
///
/// `description` says it with Swift's names, `message(in:)` with those of another dialect.
public enum EngineError: Error, Sendable {
  /// An option is out of range or does not fit the model, the processor or another option.
  case option(OptionError)
  /// A variable of the process's environment asks for what there is not: a sentence for a person.
  case environment(String)
  /// The model's files are unusable.
  case modelFile(ModelFileError)
  /// The model's tokenizer is unusable.
  case tokenizer(TokenizerError)
  /// A request cannot be carried out: its place in the call, from 0, and why.
  case request(index: Int, RequestError)
  /// A call has not as many parameters as prompts.
  case unequalCounts(prompts: Int, params: Int)

  /// The whole message, for a person, with the names of `dialect`.
  public func message(in dialect: some ErrorDialect) -> String {
    switch self {
    case .option(let error): error.message(in: dialect)
    case .environment(let message): message
    case .modelFile(let error): error.description
    case .tokenizer(let error): error.description
    case .request(let index, let error): "request \(index): \(error.message(in: dialect))"
    case .unequalCounts(let prompts, let params):
      "\(prompts) prompts came with \(params) parameters; give each prompt its own, or one for all"
    }
  }

  /// Throws ``option(_:)`` where the value of an option lies outside its range.
  package static func check(
    _ option: OptionName, _ value: Int, _ range: ClosedRange<Int>
  ) throws(EngineError) {
    do throws(OptionError) {
      try OptionError.check(option, value, range)
    } catch {
      throw .option(error)
    }
  }
}

extension EngineError: CustomStringConvertible {
  /// The whole message, for a person, with Swift's names.
  public var description: String { message(in: SwiftDialect()) }
}
