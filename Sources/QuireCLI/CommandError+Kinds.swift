import QuireBatch
import QuireEngine
import QuireModelFiles
import QuireRequests
import QuireTokenizers

/// The one mapping from what goes wrong to exit codes and to the words of the command line.
extension CommandError {
  /// What is wrong with options and requests is usage; all else is the model's.
  init(_ error: EngineError) {
    let kind: Kind =
      switch error {
      case .option, .environment, .request, .unequalCounts: .usage
      case .modelFile, .tokenizer: .unusableModel
      }
    self.init(kind, error.message(in: CommandLineDialect()))
  }

  /// What `body` returns; an engine's error as the command's.
  static func wording<Result>(_ body: () throws(EngineError) -> Result) throws(CommandError) -> Result {
    do throws(EngineError) { return try body() } catch { throw CommandError(error) }
  }

  /// A job that cannot start or go on.
  init(_ error: JobError) {
    let kind: Kind =
      switch error.kind {
      case .inputMissing: .inputMissing
      case .inputUnusable: .unusableModel
      case .outputUnusable: .outputUnusable
      case .cannotResume: .unusableModel
      case .inputOutput: .inputOutput
      case .interrupted: .interrupted
      }
    self.init(kind, error.message(in: CommandLineDialect()))
  }

  /// What ended a job or a command that was running.
  init(_ error: IOError) { self.init(JobError(error, "")) }

  /// A sampling parameter that was given as an option.
  init(_ error: RequestError) { self.init(.usage, error.message(in: CommandLineDialect())) }

  /// A model's files.
  init(_ error: ModelFileError) { self.init(.unusableModel, error.description) }

  /// A model's tokenizer.
  init(_ error: TokenizerError) { self.init(.unusableModel, error.description) }
}

extension JobEnd {
  /// The exit code of a job that ended this way.
  func exitCode(answered answeredLineCount: Int, failed errorLineCount: Int) -> Int32 {
    switch self {
    case .complete where answeredLineCount == 0 && errorLineCount > 0:
      CommandError.Kind.nothingAnswered.rawValue
    case .complete: 0
    case .tooManyErrors: CommandError.Kind.tooManyErrorLines.rawValue
    case .interrupted: CommandError.Kind.interrupted.rawValue
    }
  }
}
