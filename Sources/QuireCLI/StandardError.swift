import Foundation
import QuireBatch
import QuireJSON
import Synchronization

/// Standard error, unbuffered; what cannot be said there is not said. A message never stands in one line with a bar, whoever
/// tells it.
enum StandardError {
  /// How messages are written.
  enum Format: String, CaseIterable {
    /// `quire: ` and the message.
    case text
    /// A JSON object a line, with its time.
    case json
  }

  private struct State {
    var format = Format.text
    /// Characters of the bar that stands in the last line; 0 for none.
    var barLength = 0
  }

  private static let state = Mutex(State())

  /// Writes all further messages in a format.
  static func use(_ format: Format) { state.withLock { $0.format = format } }

  /// Tells a message, on a line of its own.
  ///
  /// - Parameters:
  ///   - progress: where a job stands, where that is what the message tells.
  ///   - fields: further values by name, which stand behind the message.
  static func tell(
    _ message: String, level: Log.Level, progress: JobProgress? = nil,
    fields: [(name: String, value: String)] = []
  ) {
    state.withLock { state in
      let text =
        switch state.format {
        case .text:
          "quire: \(message)" + fields.map { " \($0.name)=\(Excerpt.name($0.value))" }.joined() + "\n"
        case .json: object(message, level, progress, fields)
        }
      write(erasing(state.barLength) + text)
      state.barLength = 0
    }
  }

  /// Draws a bar in the place of the one before.
  ///
  /// - Parameter bar: fewer characters than the terminal has columns.
  static func draw(_ bar: String, columnCount: Int) {
    state.withLock { state in
      // A terminal that has become narrower shows of the old bar no more than it is wide.
      let rest = min(state.barLength, columnCount - 1) - bar.count
      write("\r\(bar)\(String(repeating: " ", count: max(0, rest)))")
      state.barLength = bar.count
    }
  }

  /// Takes the bar away.
  static func endBar() {
    state.withLock { state in
      if state.barLength > 0 { write(erasing(state.barLength)) }
      state.barLength = 0
    }
  }

  private static func erasing(_ barLength: Int) -> String {
    guard barLength > 0 else { return "" }
    let length = min(barLength, (Terminal.columnCount(ofDescriptor: 2) ?? .max) - 1)
    return "\r\(String(repeating: " ", count: max(0, length)))\r"
  }

  private static func object(
    _ message: String, _ level: Log.Level, _ progress: JobProgress?, _ fields: [(name: String, value: String)]
  ) -> String {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("time", Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
      writer.member("level", level.rawValue)
      writer.member("message", message)
      for field in fields {
        writer.textKey(field.name)
        writer.string(field.value)
      }
      guard let progress else { return }
      writer.key("progress")
      writer.object { writer in
        writer.member("answered", progress.answeredLineCount)
        writer.member("failed", progress.errorLineCount)
        writer.member("prompt_tokens_computed", progress.computedPromptTokenCount)
        writer.member("output_tokens", progress.generatedTokenCount)
      }
    }
    writer.endLine()
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private static func write(_ text: String) {
    // Nor does a pipe that nobody empties keep the job, or a signal, waiting.
    let start = ContinuousClock.now
    try? PatientOutput.write(Array(text.utf8), to: 2) { .now - start > .milliseconds(100) }
  }
}
