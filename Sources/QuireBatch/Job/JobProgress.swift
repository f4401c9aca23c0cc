/// Where a job stands.
package struct JobProgress: Equatable, Sendable {
  /// Lines whose answer is written, error lines left out.
  package var answeredLineCount = 0
  /// Error lines that are written.
  package var errorLineCount = 0
  /// Error lines by their code.
  package var errorLineCounts: [String: Int] = [:]
  /// Lines that were taken in and have no line in the output, since the job ended before.
  package var droppedLineCount = 0
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
  /// What the job itself took of the time.
  package var times = JobTimes()

  /// A job of which nothing is done.
  package init() {}
}

/// The time of a job outside the engine.
package struct JobTimes: Equatable, Sendable {
  /// Reading lines, making requests of them, and answering wrong ones.
  package var input = Duration.zero
  /// Waiting for lines with nothing else to do.
  package var idle = Duration.zero
  /// Making and writing the lines of answers.
  package var output = Duration.zero

  /// A job of which nothing is done.
  package init() {}
}

/// How a job ended.
package enum JobEnd: String, Equatable, Sendable {
  /// Every input line has its output line.
  case complete
  /// More error lines than `--max-errors` allows.
  case tooManyErrors = "too_many_errors"
  /// A signal asked for it.
  case interrupted

  /// What a run's records call the end of a job; nil is one that failed.
  package static func name(_ end: JobEnd?) -> String { end?.rawValue ?? "failed" }

  /// The exit code of `quire run`.
  package var exitCode: Int32 {
    switch self {
    case .complete: 0
    case .tooManyErrors: 2
    case .interrupted: 75
    }
  }
}
