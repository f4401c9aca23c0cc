/// The words and bars that tell a person where a job stands; pure, so that they can be checked without a clock.
package struct ProgressText: Sendable {
  /// Bytes of the whole input, nil for a pipe.
  package var inputByteCount: Int?

  /// Characters of a bar on a line that is wide enough for one.
  private static let barWidth = 24

  /// Texts of a job; the argument is the field of its name.
  package init(inputByteCount: Int?) {
    self.inputByteCount = inputByteCount
  }

  /// Where the job stands, and when it will be done; nil where the input's length is unknown.
  package func estimate(_ progress: JobProgress) -> ProgressEstimate? {
    ProgressEstimate(progress, inputByteCount: inputByteCount)
  }

  /// One line without its end: lines done, errors, speed and time left. Before the first answer, how far the prompts are.
  package func status(_ progress: JobProgress, elapsedSeconds: Double) -> String {
    statusParts(progress, elapsedSeconds: elapsedSeconds).joined(separator: ", ")
  }

  private func statusParts(_ progress: JobProgress, elapsedSeconds: Double) -> [String] {
    let done = progress.answeredLineCount + progress.errorLineCount
    var parts = ["\(done) \(done == 1 ? "line" : "lines")"]
    if progress.cachedLineCount > 0 { parts.append("\(progress.cachedLineCount) from the cache") }
    if progress.errorLineCount > 0 { parts.append("\(progress.errorLineCount) errors") }
    if let left = estimate(progress)?.secondsLeft(elapsedSeconds: elapsedSeconds) {
      parts.append("\(left.isBound ? "at most " : "")\(Self.clock(left.seconds)) left")
    }
    let computesPrompts =
      done == progress.resumedLineCount && progress.computedPromptTokenCount < progress.begunPromptTokenCount
    if computesPrompts {
      parts.append(
        "\(progress.computedPromptTokenCount) of \(progress.begunPromptTokenCount) prompt tokens computed")
    }
    if elapsedSeconds > 0, !computesPrompts || progress.generatedTokenCount > 0 {
      parts.append("\(Self.oneDecimal(Double(progress.generatedTokenCount) / elapsedSeconds)) tokens/s")
    }
    return parts
  }

  /// The same with a bar before it, for a terminal.
  ///
  /// - Parameter width: the greatest number of characters; what does not fit is left out, the end first.
  package func bar(_ progress: JobProgress, elapsedSeconds: Double, width: Int = .max) -> String {
    var parts = statusParts(progress, elapsedSeconds: elapsedSeconds)
    while parts.count > 1, parts.joined(separator: ", ").count > width { parts.removeLast() }
    let status = parts.joined(separator: ", ")
    guard status.count <= width else { return String(status.prefix(max(0, width))) }
    guard let share = estimate(progress)?.share else { return status }
    let percentage = "\(Int(share * 100))%, "
    let places = min(Self.barWidth, width - status.count - percentage.count - "[] ".count)
    guard places >= 4 else {
      return status.count + percentage.count <= width ? percentage + status : status
    }
    let filled = Int(share * Double(places))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: places - filled)
    return "[\(bar)] \(percentage)\(status)"
  }

  /// What a finished job amounted to.
  package static func summary(_ progress: JobProgress, elapsedSeconds: Double) -> String {
    let speed = elapsedSeconds > 0 ? Double(progress.generatedTokenCount) / elapsedSeconds : 0
    let before = progress.resumedLineCount > 0 ? " (\(progress.resumedLineCount) of both before)" : ""
    let kept = progress.cachedLineCount > 0 ? " (\(progress.cachedLineCount) from the cache)" : ""
    return
      "\(progress.answeredLineCount) lines answered\(kept), \(progress.errorLineCount) error lines\(before), "
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
