#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import QuireBatch

/// Tells of a job on standard error: a bar on a terminal, plain lines elsewhere.
final class ProgressReporter {
  private let text: ProgressText
  private let isTerminal: Bool
  private let interval: Duration
  private let start = ContinuousClock.now
  private var lastReport = ContinuousClock.now
  private var barLength = 0
  private var hasToldError = false

  /// - Parameters:
  ///   - inputByteCount: length of the input, nil for a pipe.
  ///   - showsBar: whether a terminal gets a bar, which other messages would break.
  init(inputByteCount: Int?, showsBar: Bool = true) {
    text = ProgressText(inputByteCount: inputByteCount)
    isTerminal = showsBar && isatty(2) == 1
    // A bar may move several times a second; a log should not fill up.
    interval = isTerminal ? .milliseconds(200) : .seconds(10)
  }

  /// Seconds since this reporter was made.
  var elapsedSeconds: Double { (ContinuousClock.now - start) / .seconds(1) }

  /// Tells the first error of a job as soon as it is written, so that nobody finds it in the output hours later.
  func tellFirstError(_ progress: JobProgress) {
    guard !hasToldError, let error = progress.firstError else { return }
    hasToldError = true
    endBar()
    StandardError.write("quire: the first error line: \(error)\n")
  }

  /// Shows where the job stands, unless it did so just now.
  func update(_ progress: JobProgress) {
    let now = ContinuousClock.now
    guard now - lastReport >= interval else { return }
    lastReport = now
    guard isTerminal else {
      return StandardError.write("quire: \(text.status(progress, elapsedSeconds: elapsedSeconds))\n")
    }
    let bar = text.bar(progress, elapsedSeconds: elapsedSeconds)
    let padding = String(repeating: " ", count: max(0, barLength - bar.count))
    barLength = bar.count
    StandardError.write("\r\(bar)\(padding)")
  }

  /// Ends the bar's line, so that what follows stands on one of its own.
  func endBar() {
    if barLength > 0 { StandardError.write("\r\(String(repeating: " ", count: barLength))\r") }
    barLength = 0
  }
}

/// Standard error, unbuffered; what cannot be said there is not said.
enum StandardError {
  /// Writes a text as it is, without a line end.
  static func write(_ text: String) {
    // Nor does a pipe that nobody empties keep the job, or a signal, waiting.
    let start = ContinuousClock.now
    try? PatientOutput.write(Array(text.utf8), to: 2) { .now - start > .milliseconds(100) }
  }
}
