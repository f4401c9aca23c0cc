/// What a person asks for with what was typed.
enum DialogueInput: Equatable, Sendable {
  /// Nothing but white space.
  case nothing
  /// A turn of the user's.
  case say(String)
  /// A command, and what stands behind it; nil for nothing.
  case command(DialogueCommand, String?)
  /// A word behind a slash that is no command.
  case unknown(String)
  /// The end of the session.
  case leave

  /// The words that end a session, alone on a line.
  static let exitWords: Set<String> = ["exit", "quit", "bye", "q", "退出"]

  /// What one line asks for.
  init(line: String) {
    let text = line.trimmed
    if text.isEmpty {
      self = .nothing
    } else if Self.exitWords.contains(text.lowercased()) {
      self = .leave
    } else if text.hasPrefix("//") {
      self = .say(String(text.dropFirst()))
    } else if text.hasPrefix("/") {
      self.init(command: text.dropFirst())
    } else {
      self = .say(line)
    }
  }

  private init(command text: Substring) {
    let word = text.prefix { !$0.isWhitespace }
    let rest = String(text.dropFirst(word.count)).trimmed
    guard let command = DialogueCommand(word: String(word)) else {
      self = .unknown(String(word))
      return
    }
    self = command == .exit ? .leave : .command(command, rest.isEmpty ? nil : rest)
  }
}

/// Puts lines together: several of them between `"""` are one text.
struct DialogueInputReader {
  private static let marker = "\"\"\""

  /// What an open block is for, and its lines so far.
  private var block: (command: DialogueCommand?, lines: [String])?

  /// Whether the next line belongs to a block.
  var isInBlock: Bool { block != nil }

  /// Takes a line.
  ///
  /// - Returns: what it asks for; nil where further lines belong to it.
  mutating func take(_ line: String) -> DialogueInput? {
    guard let (command, lines) = block else {
      guard let start = Self.blockStart(line) else { return DialogueInput(line: line) }
      // Nothing behind the first marker is no line of the text.
      return take(start.rest, after: [], of: start.command, unlessEmpty: true)
    }
    return take(line, after: lines, of: command, unlessEmpty: false)
  }

  /// Forgets an open block.
  ///
  /// - Returns: whether there was one.
  mutating func dropBlock() -> Bool {
    defer { block = nil }
    return block != nil
  }

  /// A line that begins a block: one that begins with the marker, or with a command and the marker.
  private static func blockStart(_ line: String) -> (command: DialogueCommand?, rest: String)? {
    let text = line.trimmed
    if text.hasPrefix(marker) { return (nil, String(text.dropFirst(marker.count))) }
    guard text.hasPrefix("/"), !text.hasPrefix("//") else { return nil }
    let word = text.dropFirst().prefix { !$0.isWhitespace }
    let rest = String(text.dropFirst(1 + word.count)).trimmed
    guard rest.hasPrefix(marker), let command = DialogueCommand(word: String(word)), command.takesArgument
    else {
      return nil
    }
    return (command, String(rest.dropFirst(marker.count)))
  }

  private mutating func take(
    _ line: String, after lines: [String], of command: DialogueCommand?, unlessEmpty: Bool
  ) -> DialogueInput? {
    let end = line.trimmedEnd
    guard end.hasSuffix(Self.marker) else {
      block = (command, unlessEmpty && line.isEmpty ? lines : lines + [line])
      return nil
    }
    block = nil
    // Nor is nothing before the last one.
    let last = String(end.dropLast(Self.marker.count))
    let text = (last.isEmpty ? lines : lines + [last]).joined(separator: "\n")
    if let command { return .command(command, text) }
    return text.trimmed.isEmpty ? .nothing : .say(text)
  }
}

extension String {
  /// The text without white space around it.
  var trimmed: String { String(trimmedEnd.drop(while: \.isWhitespace)) }

  /// The text without white space at its end.
  fileprivate var trimmedEnd: String {
    String(self[..<(lastIndex { !$0.isWhitespace }.map(index(after:)) ?? startIndex)])
  }
}
