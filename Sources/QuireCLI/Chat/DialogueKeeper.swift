import QuireRequests
import Synchronization

/// The dialogue of a session and its file, for the thread that talks and the one that hears signals: whoever ends the
/// session saves what was said so far.
final class DialogueKeeper: Sendable {
  private struct State {
    var dialogue: Dialogue
    var form: DialogueForm
    /// What has come of the answer that is under way; empty while there is none.
    var answer = ""
    /// The dialogue with the answer that the one under way replaces; nil where it replaces none.
    var replaced: Dialogue?
    /// What the file holds, or what need not be in it: a dialogue in which nothing was said. Nil where it holds another.
    var saved: Dialogue?
    /// Other files that this session wrote, which it may write again.
    var otherPaths: Set<String> = []

    /// The dialogue with the answer under way.
    var whole: Dialogue {
      guard !answer.isEmpty else { return replaced ?? dialogue }
      var dialogue = dialogue
      dialogue.answer(answer)
      return dialogue
    }
  }

  /// Where the dialogue is saved; nil for nowhere.
  let path: String?
  private let givenSystem: String?
  private let state: Mutex<State>

  /// Keeps a dialogue.
  ///
  /// - Parameters:
  ///   - loaded: the dialogue and form of a file; nil where the session begins anew.
  ///   - isSaved: whether `path` holds just that.
  ///   - path: where to save; nil for nowhere.
  ///   - givenSystem: the system text of the command line, for a dialogue that brings none.
  init(
    _ loaded: (dialogue: Dialogue, form: DialogueForm)?, isSaved: Bool, savingTo path: String?,
    givenSystem: String?
  ) {
    self.path = path
    self.givenSystem = givenSystem
    var dialogue = loaded?.dialogue ?? Dialogue()
    if dialogue.system == nil { dialogue.system = givenSystem }
    state = Mutex(
      State(dialogue: dialogue, form: loaded?.form ?? .new, saved: isSaved || loaded == nil ? dialogue : nil))
  }

  /// What was said; without the answer that is under way.
  var dialogue: Dialogue { state.withLock(\.dialogue) }

  /// Changes the dialogue.
  func change<Result: Sendable>(_ body: (inout Dialogue) -> Result) -> Result {
    state.withLock { body(&$0.dialogue) }
  }

  /// Adds to the answer that is under way.
  func extendAnswer(_ text: String) { state.withLock { $0.answer += text } }

  /// Takes back the answer to the latest turn, for another.
  ///
  /// - Returns: whether anything was asked; if not, nothing changes.
  func reopenQuestion() -> Bool {
    state.withLock { state in
      let before = state.dialogue
      guard state.dialogue.reopenQuestion() else { return false }
      if before != state.dialogue { state.replaced = before }
      return true
    }
  }

  /// Ends the answer that is under way: it becomes a message. Where nothing was said, the dialogue is what it was before
  /// the question, or with the answer that was to be replaced.
  ///
  /// - Parameter text: the whole answer; nil for what has come so far.
  /// - Returns: whether there is an answer.
  @discardableResult
  func endAnswer(_ text: String? = nil) -> Bool {
    state.withLock { state in
      let answer = text ?? state.answer
      let replaced = state.replaced
      state.answer = ""
      state.replaced = nil
      guard text != nil || !answer.isEmpty else {
        if let replaced { state.dialogue = replaced } else { state.dialogue.undo() }
        return false
      }
      state.dialogue.answer(answer)
      return true
    }
  }

  /// Saves the dialogue where the command line said, unless the file holds it.
  ///
  /// - Returns: number of messages that were written; nil where there was nothing to write.
  /// - Throws: ``CommandError`` of kind `inputOutput`; the file is unchanged.
  @discardableResult
  func save() throws(CommandError) -> Int? {
    guard let path else { return nil }
    return try locked { state throws(CommandError) in
      let dialogue = state.whole
      guard dialogue != state.saved else { return nil }
      try DialogueFile.write(
        DialogueWriter.bytes(dialogue, as: state.form, givenSystem: givenSystem), to: path)
      state.saved = dialogue
      return dialogue.entries.count
    }
  }

  /// Saves the dialogue in another file, which must not be there unless this session wrote it.
  ///
  /// - Returns: number of messages.
  /// - Throws: ``CommandError``; the file is unchanged.
  func save(to other: String) throws(CommandError) -> Int {
    try locked { state throws(CommandError) in
      let dialogue = state.whole
      guard other == path || state.otherPaths.contains(other) || !DialogueFile.exists(other) else {
        throw CommandError(.outputUnusable, "\(other) exists; name another file")
      }
      try DialogueFile.checkWritable(other)
      try DialogueFile.write(
        DialogueWriter.bytes(dialogue, as: state.form, givenSystem: givenSystem), to: other)
      if other == path { state.saved = dialogue } else { state.otherPaths.insert(other) }
      return dialogue.entries.count
    }
  }

  /// A lock's closure with this module's error.
  private func locked<Result: Sendable>(
    _ body: (inout State) throws(CommandError) -> Result
  ) throws(CommandError) -> Result {
    try state.withLock { state throws(CommandError) in try body(&state) }
  }
}
