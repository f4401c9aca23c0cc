/// Why a command ends without having done its work: what standard error says, and the exit code.
struct CommandError: Error {
  /// Why, and with which exit code: all that are used, as in sysexits.h where it has one.
  enum Kind: Int32 {
    case differs = 1
    case tooManyErrorLines = 2
    case nothingAnswered = 3
    case usage = 64
    case unusableModel = 65
    case inputMissing = 66
    case outputUnusable = 73
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
}
