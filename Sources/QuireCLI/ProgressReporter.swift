import QuireBatch

/// Tells of a job on standard error: a bar on a terminal, plain lines elsewhere.
final class ProgressReporter {
  /// What is shown while the job runs.
  enum Style {
    /// Nothing, since answers go to the same terminal, or nobody wants to know.
    case silent
    /// A line now and then.
    case lines
    /// A bar in the last line of the terminal.
    case bar

    /// What a log shows of progress by its level and by where it goes.
    init(_ log: Log) {
      let isTerminal = Terminal.columnCount(ofDescriptor: 2) != nil
      // Lines that tell each step would break a bar.
      self = log.level > .info ? .silent : isTerminal && log.level > .debug ? .bar : .lines
    }
  }

  private let text: ProgressText
  private let style: Style
  private let interval: Duration
  private let start = ContinuousClock.now
  private var lastReport = ContinuousClock.now
  private var hasToldError = false

  /// - Parameter inputByteCount: length of the input, nil for a pipe.
  init(inputByteCount: Int?, _ style: Style) {
    text = ProgressText(inputByteCount: inputByteCount)
    self.style = style
    // A bar may move several times a second; a log should not fill up.
    interval = style == .bar ? .milliseconds(200) : .seconds(10)
  }

  /// Seconds since this reporter was made.
  var elapsedSeconds: Double { (ContinuousClock.now - start) / .seconds(1) }

  /// Tells the first error of a job as soon as it is written, so that nobody finds it in the output hours later.
  func tellFirstError(_ progress: JobProgress) {
    guard !hasToldError, let error = progress.firstError else { return }
    hasToldError = true
    StandardError.tell("the first error line: \(error)", level: .error)
  }

  /// Shows where the job stands, unless it did so just now.
  func update(_ progress: JobProgress) {
    guard style != .silent else { return }
    let now = ContinuousClock.now
    guard now - lastReport >= interval else { return }
    lastReport = now
    guard style == .bar, let columnCount = Terminal.columnCount(ofDescriptor: 2) else {
      return StandardError.tell(
        text.status(progress, elapsedSeconds: elapsedSeconds), level: .info, progress: progress)
    }
    // The last column stays free: a cursor behind it may stand in the next line.
    let bar = text.bar(progress, elapsedSeconds: elapsedSeconds, width: columnCount - 1)
    StandardError.draw(bar, columnCount: columnCount)
  }
}
