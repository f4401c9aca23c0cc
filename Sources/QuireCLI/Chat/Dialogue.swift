import QuireRequests

/// A conversation that goes on: what was said, and how it is taken back. It knows no terminal and no file.
struct Dialogue: Equatable, Sendable {
  /// A message and where it comes from.
  struct Entry: Equatable, Sendable {
    let message: ChatMessage
    /// The message as a file wrote it, which may hold more than is read of it; nil for one of this session.
    let source: JSONText?
  }

  /// All messages in their order.
  private(set) var entries: [Entry]

  /// A dialogue that begins with these messages.
  init(_ entries: [Entry] = []) { self.entries = entries }

  /// What the model is given.
  var messages: [ChatMessage] { entries.map(\.message) }

  /// The instructions that stand first; nil where there are none, so that the model's own default applies.
  var system: String? {
    get { hasSystem ? entries[0].message.content : nil }
    set {
      guard newValue != system else { return }
      if hasSystem { entries.removeFirst() }
      if let newValue { entries.insert(Entry(message: .system(newValue), source: nil), at: 0) }
    }
  }

  private var hasSystem: Bool {
    guard let role = entries.first?.message.role else { return false }
    return role == .system || role == .developer
  }

  /// The user's turn that waits for an answer: the last message, where it is one.
  var openQuestion: String? {
    guard let last = entries.last?.message, last.role == .user else { return nil }
    return last.content
  }

  /// What the user has said, oldest first.
  var questions: [String] { messages.filter { $0.role == .user }.map(\.content) }

  /// The messages up to the user's latest turn, which an answer is made for; nil where nothing was asked.
  var messagesToLatestQuestion: [ChatMessage]? {
    latestQuestionIndex.map { messages[...$0].map { $0 } }
  }

  private var latestQuestionIndex: Int? { entries.lastIndex { $0.message.role == .user } }

  /// Adds a turn of the user's.
  mutating func ask(_ text: String) { entries.append(Entry(message: .user(text), source: nil)) }

  /// Adds the model's answer.
  mutating func answer(_ text: String) { entries.append(Entry(message: .assistant(text), source: nil)) }

  /// Takes back the user's latest turn and all that followed it.
  ///
  /// - Returns: what the user had said; nil where nothing was asked, and nothing changes.
  @discardableResult
  mutating func undo() -> String? {
    guard let index = latestQuestionIndex else { return nil }
    defer { entries.removeSubrange(index...) }
    return entries[index].message.content
  }

  /// Takes back what followed the user's latest turn, so that it waits for an answer.
  ///
  /// - Returns: whether there is such a turn; without one nothing changes.
  mutating func reopenQuestion() -> Bool {
    guard let index = latestQuestionIndex else { return false }
    entries.removeSubrange((index + 1)...)
    return true
  }

  /// Forgets what was said; the system text stays.
  mutating func reset() { entries.removeSubrange((hasSystem ? 1 : 0)...) }
}
