/// What may be said with a slash instead of to the model.
enum DialogueCommand: String, CaseIterable, Sendable {
  case system, reset, undo, regenerate, params, show, save, help, exit

  /// Other words for the same.
  private static let synonyms: [String: DialogueCommand] = ["quit": .exit, "bye": .exit, "?": .help]

  /// The command of a word, in any case; nil for none.
  init?(word: String) {
    let word = word.lowercased()
    guard let command = Self(rawValue: word) ?? Self.synonyms[word] else { return nil }
    self = command
  }

  /// What may stand behind the command.
  var usage: String {
    switch self {
    case .system, .show: "/\(rawValue) [TEXT]"
    case .params: "/\(rawValue) [NAME [VALUE]]"
    case .save: "/\(rawValue) [FILE]"
    case .reset, .undo, .regenerate, .help, .exit: "/\(rawValue)"
    }
  }

  /// Whether something may stand behind it.
  var takesArgument: Bool { usage.contains(" ") }

  /// What the command does.
  var help: String {
    switch self {
    case .system: #"show the system text, or set it from the next turn on; "" is an empty one"#
    case .reset: "forget what was said; the system text stays"
    case .undo: "take back the latest turn and its answer"
    case .regenerate: "answer the latest turn anew"
    case .params: "show the sampling parameters, or set one; the value default takes that back"
    case .show: "show the latest prompt, or that of a text, as text and as token ids"
    case .save: "save the dialogue now"
    case .help: "show this"
    case .exit: "leave, as exit, quit, bye, q, 退出 and Ctrl-D do"
    }
  }

  /// All commands, a line each, and what else may be typed.
  static var helpText: String {
    let width = allCases.map(\.usage.count).max() ?? 0
    let lines = allCases.map { "\($0.usage.padding(to: width))  \($0.help)" }
    return
      (lines + [
        #""""  …  """"#.padding(to: width) + "  several lines; what stands between is sent as it is",
        "//…".padding(to: width) + "  a text that begins with a slash",
        "Ctrl-C".padding(to: width) + "  stops an answer; where none comes it leaves",
      ]).joined(separator: "\n")
  }
}

extension String {
  /// The text with spaces behind it, up to a width in characters.
  func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
