/// Where a job stands.
package struct JobProgress: Equatable, Sendable {
  /// Lines answered, error lines left out.
  package var answeredLineCount = 0
  /// Lines answered with an error.
  package var errorLineCount = 0
  /// Prompt tokens of the answered lines.
  package var promptTokenCount = 0
  /// Output tokens of the answered lines.
  package var outputTokenCount = 0
  /// Tokens generated so far, those of unfinished lines included.
  package var generatedTokenCount = 0
  /// How often a sequence lost its cache blocks to another.
  package var preemptionCount = 0
  /// Lines being worked on.
  package var inFlightLineCount = 0
  /// Bytes of the input read so far.
  package var consumedByteCount = 0

  /// A job of which nothing is done.
  package init() {}
}

/// How a job ended.
package enum JobEnd: Equatable, Sendable {
  /// Every input line has its output line.
  case complete
  /// More error lines than `--max-errors` allows.
  case tooManyErrors
  /// A signal asked for it.
  case interrupted

  /// The exit code of `quire run`.
  package var exitCode: Int32 {
    switch self {
    case .complete: 0
    case .tooManyErrors: 2
    case .interrupted: 75
    }
  }
}
