import Foundation
import QuirePlatform

/// What a session shows: answers, and what was asked to be shown, on standard output; what is told besides on standard
/// error, dimly where that is a terminal.
struct DialogueScreen {
  /// Whether somebody reads standard output as it comes: thoughts are shown, and control characters made visible.
  let isTerminal = isatty(1) == 1
  private let dimsOutput: Bool
  private let dimsNotes: Bool
  private var isThinking = false
  private var isAtLineStart = true

  /// The screen of this process.
  init() {
    let environment = ProcessInfo.processInfo.environment
    // https://no-color.org
    let mayDim = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    dimsOutput = mayDim && isatty(1) == 1
    dimsNotes = mayDim && isatty(2) == 1
  }

  /// Shows part of an answer.
  ///
  /// Throws ``CommandError`` of kind `inputOutput` where nobody takes it.
  mutating func say(_ text: String) throws(CommandError) {
    guard !text.isEmpty else { return }
    try endThought()
    try write(text)
  }

  /// Shows part of what the model thinks, where somebody sees it.
  mutating func think(_ text: String) throws(CommandError) {
    guard isTerminal, !text.isEmpty else { return }
    if !isThinking && dimsOutput { try put(Self.dim) }
    isThinking = true
    try write(text)
  }

  /// Ends the line that the answer stands in.
  mutating func endAnswer() throws(CommandError) {
    try endThought()
    if !isAtLineStart { try write("\n") }
    // An empty line stands between turns.
    if isTerminal { try put("\n") }
  }

  /// Shows a whole text.
  mutating func show(_ text: String) throws(CommandError) {
    try write(text.hasSuffix("\n") ? text : text + "\n")
  }

  /// Tells what is no answer.
  mutating func note(_ text: String) {
    if isTerminal && !isAtLineStart {
      try? endThought()
      try? write("\n")
    }
    if dimsNotes {
      try? DescriptorOutput.write("\(Self.dim)\(Self.visible(text))\(Self.plain)\n", to: 2)
    } else {
      StandardError.tell(text, level: .info)
    }
  }

  private mutating func endThought() throws(CommandError) {
    guard isThinking else { return }
    isThinking = false
    if dimsOutput { try put(Self.plain) }
    try write(isAtLineStart ? "\n" : "\n\n")
  }

  private mutating func write(_ text: String) throws(CommandError) {
    try put(isTerminal ? Self.visible(text) : text)
    if let last = text.last { isAtLineStart = last.isNewline }
  }

  private func put(_ text: String) throws(CommandError) {
    do throws(SystemError) {
      try DescriptorOutput.write(text, to: 1)
    } catch {
      throw CommandError(.inputOutput, "cannot write to standard output: \(error)")
    }
  }

  private static let dim = "\u{1B}[2m"
  private static let plain = "\u{1B}[0m"

  /// Leaves a terminal as it was found: in no special type, at the start of a line.
  static func reset() {
    guard isatty(1) == 1 else { return }
    try? DescriptorOutput.write(plain + "\n", to: 1)
  }

  /// The text without what would move a terminal's cursor, or do worse: models and files may hold any character.
  static func visible(_ text: String) -> String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.value {
      case 0x09, 0x0A: false
      case 0..<0x20, 0x7F..<0xA0: true
      default: false
      }
    }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      guard isControl(scalar) else {
        result.append(scalar)
        continue
      }
      // Unicode's pictures of control characters.
      result.append(scalar.value < 0x20 ? Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}" : "\u{FFFD}")
    }
    return String(result)
  }
}
