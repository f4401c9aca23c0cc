/// The words and bars that tell a person where a job stands; pure, so that they can be checked without a clock.
package struct ProgressText: Sendable {
  /// Bytes of the whole input, nil for a pipe.
  package var inputByteCount: Int?

  /// Texts of a job; the argument is the field of its name.
  package init(inputByteCount: Int?) {
    self.inputByteCount = inputByteCount
  }

  /// Share of the job that is done, 0…1, from the bytes of finished lines; nil where the input's length is unknown.
  package func fraction(_ progress: JobProgress) -> Double? {
    guard let inputByteCount, inputByteCount > 0 else { return nil }
    let done = max(0, progress.answeredLineCount + progress.errorLineCount - progress.resumedLineCount)
    let taken = done + progress.inFlightLineCount
    // Lines under way count as not done, each at the average length of this run's lines so far.
    let ownBytes = Double(max(0, progress.consumedByteCount - progress.resumedByteCount))
    let doneBytes =
      Double(progress.resumedByteCount) + (taken > 0 ? ownBytes * Double(done) / Double(taken) : 0)
    return min(1, doneBytes / Double(inputByteCount))
  }

  /// Seconds until the job's end at the speed of this run so far; nil before there is one.
  package func secondsLeft(_ progress: JobProgress, elapsedSeconds: Double) -> Double? {
    guard let inputByteCount, inputByteCount > 0, let fraction = fraction(progress) else { return nil }
    // What earlier runs did took this one no time.
    let own = fraction - min(1, Double(progress.resumedByteCount) / Double(inputByteCount))
    guard own > 0 else { return nil }
    return elapsedSeconds * (1 - fraction) / own
  }

  /// One line without its end: lines done, errors, speed and time left.
  package func status(_ progress: JobProgress, elapsedSeconds: Double) -> String {
    let done = progress.answeredLineCount + progress.errorLineCount
    var parts = ["\(done) lines"]
    if progress.errorLineCount > 0 { parts.append("\(progress.errorLineCount) errors") }
    if elapsedSeconds > 0 {
      parts.append("\(Self.oneDecimal(Double(progress.generatedTokenCount) / elapsedSeconds)) tokens/s")
    }
    if let seconds = secondsLeft(progress, elapsedSeconds: elapsedSeconds) {
      parts.append("\(Self.clock(seconds)) left")
    }
    return parts.joined(separator: ", ")
  }

  /// The same with a bar before it, for a terminal.
  package func bar(_ progress: JobProgress, elapsedSeconds: Double) -> String {
    let status = status(progress, elapsedSeconds: elapsedSeconds)
    guard let fraction = fraction(progress) else { return status }
    let width = 24
    let filled = Int(fraction * Double(width))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    return "[\(bar)] \(Int(fraction * 100))%, \(status)"
  }

  /// What a finished job amounted to.
  package static func summary(_ progress: JobProgress, elapsedSeconds: Double) -> String {
    let speed = elapsedSeconds > 0 ? Double(progress.generatedTokenCount) / elapsedSeconds : 0
    let before = progress.resumedLineCount > 0 ? " (\(progress.resumedLineCount) of both before)" : ""
    return "\(progress.answeredLineCount) lines answered, \(progress.errorLineCount) error lines\(before), "
      + "\(progress.promptTokenCount) prompt tokens, \(progress.outputTokenCount) output tokens, "
      + "\(oneDecimal(speed)) tokens/s, \(oneDecimal(elapsedSeconds)) s, \(progress.preemptionCount) preemptions"
  }

  static func oneDecimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// `3:07` or `1:02:45`.
  static func clock(_ seconds: Double) -> String {
    // A day in the thousands says "unknown" as well as any number would.
    let total = Int(min(seconds, 3_600_000).rounded(.up))
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let (hours, minutes) = (total / 3600, total / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(total % 60))" : "\(minutes):\(two(total % 60))"
  }
}
