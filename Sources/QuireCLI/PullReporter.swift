import QuireHub

/// Tells of a download on standard error: a bar on a terminal, plain lines elsewhere.
final class PullReporter {
  private let isQuiet: Bool
  private let isTerminal: Bool
  private let interval: Duration
  private let start = ContinuousClock.now
  private var lastReport = ContinuousClock.now

  /// - Parameter isQuiet: whether nothing is told.
  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    isTerminal = Terminal.columnCount(ofDescriptor: 2) != nil
    interval = isTerminal ? .milliseconds(200) : .seconds(10)
  }

  private var elapsedSeconds: Double { (ContinuousClock.now - start) / .seconds(1) }

  /// Shows where the download stands, unless it did so just now.
  func update(_ progress: PullProgress) {
    let now = ContinuousClock.now
    guard !isQuiet, now - lastReport >= interval else { return }
    lastReport = now
    let text = PullText.status(progress, elapsedSeconds: elapsedSeconds)
    guard isTerminal, let columnCount = Terminal.columnCount(ofDescriptor: 2) else {
      return StandardError.tell(text, level: .info)
    }
    let bar = PullText.bar(progress) + " " + text
    StandardError.draw(
      String((bar.count < columnCount ? bar : text).prefix(columnCount - 1)), columnCount: columnCount)
  }

  /// Says what was fetched.
  func finish(_ result: ModelPull.Result) {
    endBar()
    guard !isQuiet else { return }
    StandardError.tell(PullText.summary(result, elapsedSeconds: elapsedSeconds), level: .info)
  }

  /// Takes the bar away.
  func endBar() { StandardError.endBar() }
}

/// The words of a download's progress.
enum PullText {
  /// Files, bytes, bytes a second and the time left.
  static func status(_ progress: PullProgress, elapsedSeconds: Double) -> String {
    let rate = Double(progress.fetchedByteCount) / max(elapsedSeconds, 0.001)
    var text =
      "\(progress.finishedFileCount) of \(progress.fileCount) files, \(size(progress.byteCount)) of "
      + "\(size(progress.totalByteCount)), \(size(Int(min(rate, 1e15)))) a second"
    let rest = Double(max(0, progress.totalByteCount - progress.byteCount)) / rate
    if rest.isFinite, rest < 1e6 { text += ", \(Int(rest)) s left" }
    return text
  }

  /// Twenty places, one for each twentieth of the bytes.
  static func bar(_ progress: PullProgress) -> String {
    let share = Double(progress.byteCount) / Double(max(1, progress.totalByteCount))
    let filled = Int(min(max(share, 0), 1) * 20)
    return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled) + "]"
  }

  /// What stands there now, and what had to be fetched for it.
  static func summary(_ result: ModelPull.Result, elapsedSeconds: Double) -> String {
    var text =
      "\(result.fileCount) \(result.fileCount == 1 ? "file" : "files"), \(size(result.byteCount)), of which "
      + "\(size(result.fetchedByteCount)) were fetched in \(Int(elapsedSeconds.rounded())) s"
    if !result.passedOver.isEmpty {
      let names = result.passedOver.prefix(3).joined(separator: ", ")
      text +=
        "; left aside: \(result.passedOver.count) "
        + (result.passedOver.count == 1 ? "file" : "files") + " of weights in other forms (\(names)"
        + (result.passedOver.count > 3 ? ", …" : "") + "); --include '*' takes all"
    }
    return text
  }

  /// Bytes in the largest decimal unit that leaves at least 1, with one decimal, as hubs count them.
  static func size(_ byteCount: Int) -> String {
    var value = Double(byteCount)
    var unit = "bytes"
    for next in ["kB", "MB", "GB", "TB"] where value >= 1000 {
      value /= 1000
      unit = next
    }
    if unit == "bytes" { return "\(byteCount) bytes" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(unit)"
  }
}
