import Foundation
import QuirePlatform

/// Reads what a person types: on a terminal edited and recalled by the system's libedit, where it is there; else line by
/// line as it comes.
final class LineEditor {
  /// What was read.
  enum Line: Equatable {
    /// A line without its end.
    case text(String)
    /// A line that cannot be taken, and why.
    case unusable(String)
    /// No line follows.
    case end
  }

  /// The functions of libedit that read and recall lines.
  private struct Editing {
    let readLine: @convention(c) (UnsafePointer<CChar>) -> UnsafeMutablePointer<CChar>?
    let addHistory: @convention(c) (UnsafePointer<CChar>) -> Int32
    /// Asks the terminal for its size, which may have changed since the line before; nil where the library cannot.
    let resizeTerminal: (@convention(c) () -> Void)?

    /// Loads the library; nil where it is missing, or does not take this terminal.
    init?() {
      guard let library = DynamicLibrary(["libedit.so.2", "libedit.3.dylib", "libedit.so"]),
        let initialize = library.function("rl_initialize", as: (@convention(c) () -> Int32).self),
        let readLine = library.function(
          "readline", as: (@convention(c) (UnsafePointer<CChar>) -> UnsafeMutablePointer<CChar>?).self),
        let addHistory = library.function(
          "add_history", as: (@convention(c) (UnsafePointer<CChar>) -> Int32).self)
      else { return nil }
      // Its own handlers would send a signal on to the whole process group.
      library.function("rl_catch_signals", as: UnsafeMutablePointer<Int32>.self)?.pointee = 0
      guard initialize() == 0 else { return nil }
      (self.readLine, self.addHistory) = (readLine, addHistory)
      resizeTerminal = library.function("rl_resize_terminal")
    }
  }

  /// Whether a person types, and wants to be asked.
  let isInteractive = isatty(0) == 1
  private let editing: Editing?
  private var plain = PlainLineReader()

  /// Loads libedit where both standard input and standard output are a terminal: it edits what is shown there.
  init() { editing = isatty(0) == 1 && isatty(1) == 1 && Self.usesUTF8() ? Editing() : nil }

  /// Whether characters are UTF-8 to the C library, after this call; one line of a person's language may be many bytes.
  private static func usesUTF8() -> Bool {
    func isUTF8() -> Bool { String(cString: nl_langinfo(Int32(CODESET))) == "UTF-8" }
    if setlocale(LC_CTYPE, "") != nil, isUTF8() { return true }
    return setlocale(LC_CTYPE, "C.UTF-8") != nil && isUTF8()
  }

  /// The next line.
  ///
  /// - Parameter prompt: what asks a person for it; it stands in no pipe.
  func read(prompt: String) -> Line {
    if let editing {
      guard let typed = editing.readLine(prompt) else { return .end }
      defer { free(typed) }
      guard let text = String(validatingCString: typed) else { return .unusable("the line is not UTF-8") }
      return .text(text)
    }
    if isInteractive { FileHandle.standardError.write(Data(prompt.utf8)) }
    return plain.next()
  }

  /// Keeps a line for recall with the arrow keys.
  func remember(_ line: String) {
    guard let editing, !line.isEmpty else { return }
    for line in line.split(separator: "\n") { _ = editing.addHistory(String(line)) }
  }
}
