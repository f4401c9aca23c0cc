import QuireJSON
import QuireRequests

extension DialogueSession {
  /// Does what a command says.
  ///
  /// Throws ``CommandError`` with what is wrong; nothing changes.
  func carryOut(_ command: DialogueCommand, _ argument: String?) throws(CommandError) {
    if let argument, !command.takesArgument {
      throw CommandError(
        .usage, "/\(command.rawValue) takes nothing behind it, found \(Excerpt.quoted(argument))")
    }
    switch command {
    case .system: try system(argument)
    case .reset:
      keeper.change { $0.reset() }
      saveQuietly()
      screen.note("the dialogue begins anew")
    case .undo: try undo()
    case .regenerate:
      guard keeper.reopenQuestion() else { throw Self.nothingAsked }
      try answerOpenQuestion()
    case .params: try params(argument)
    case .show: try show(argument)
    case .save: try save(argument)
    case .help: try screen.show(DialogueCommand.helpText)
    // The end of a session is no command when it gets here.
    case .exit: break
    }
  }

  private static let nothingAsked = CommandError(.usage, "nothing was asked yet")

  private func system(_ text: String?) throws(CommandError) {
    guard let text else {
      return try screen.show(keeper.dialogue.system ?? "(none: the chat template's own, where it has one)")
    }
    keeper.change { $0.system = text == #""""# ? "" : text }
    saveQuietly()
  }

  private func undo() throws(CommandError) {
    guard let question = keeper.change({ $0.undo() }) else { throw Self.nothingAsked }
    saveQuietly()
    screen.note("taken back: \(Excerpt.quoted(question))")
  }

  private func params(_ argument: String?) throws(CommandError) {
    guard let argument else { return try screen.show(parameters.text(nil)) }
    let name = String(argument.prefix { !$0.isWhitespace })
    let value = String(argument.dropFirst(name.count)).trimmed
    if !value.isEmpty { try parameters.set(name, to: value) }
    try screen.show(parameters.text(name))
  }

  /// The latest prompt that was answered, or the one that a text would make.
  private func show(_ text: String?) throws(CommandError) {
    var dialogue = keeper.dialogue
    if let text { dialogue.ask(text) }
    guard let messages = dialogue.messagesToLatestQuestion else { throw Self.nothingAsked }
    let prompt: ChatPrompt
    do throws(RequestError) {
      prompt = try runner.prompt(of: messages, parameters.values)
    } catch {
      throw CommandError(error)
    }
    try screen.show(prompt.text)
    try screen.show("[\(prompt.tokenIDs.map(String.init).joined(separator: ", "))]")
  }

  private func save(_ path: String?) throws(CommandError) {
    guard let path = path ?? keeper.path else {
      throw CommandError(.usage, "there is no file to save to; name one: /save FILE")
    }
    let count = try keeper.save(to: path)
    screen.note("\(count) messages saved to \(path)")
  }
}
