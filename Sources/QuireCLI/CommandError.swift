import QuireBatch
import QuireEngine

/// Why a command ends without having done its work: what standard error says, and the exit code.
struct CommandError: Error {
  /// As in sysexits.h.
  enum Kind: Int32 {
    case usage = 64
    case unusableModel = 65
    case inputOutput = 74
    case interrupted = 75
  }

  let exitCode: Int32
  /// The value, the place and the remedy, without `quire: ` before it.
  let message: String

  init(_ kind: Kind, _ message: String) {
    exitCode = kind.rawValue
    self.message = message
  }

  /// What is wrong with options and requests is usage; all else is the model's.
  init(_ error: EngineError) {
    let kind: Kind =
      switch error {
      case .option, .environment, .request: .usage
      case .modelFile, .tokenizer: .unusableModel
      }
    self.init(kind, error.message(in: CommandLineDialect()))
  }

  init(_ error: JobError) {
    exitCode = error.exitCode
    message = error.description
  }
}
