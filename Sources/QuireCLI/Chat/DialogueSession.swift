import QuireBatch
import QuireEngine
import QuireJSON
import QuireRequests

/// A conversation between a person and a model: reads what is typed, answers it, and keeps the dialogue.
final class DialogueSession {
  /// What a session shows besides its answers.
  struct Shown {
    /// Whether the prompt's text stands before each answer.
    var prompts = false
    /// Whether each answer is followed by what it cost.
    var timings = false
  }

  let keeper: DialogueKeeper
  let runner: TurnRunner
  var parameters: DialogueParameters
  var screen: DialogueScreen
  private let signals: DialogueSignals
  private let editor: LineEditor
  private let shown: Shown
  private var input = DialogueInputReader()
  private var hasToldDroppedRounds = false
  private(set) var answeredTurnCount = 0
  private(set) var failedTurnCount = 0

  /// A session that has yet to begin.
  init(
    _ keeper: DialogueKeeper, _ runner: TurnRunner, _ parameters: DialogueParameters,
    _ screen: DialogueScreen,
    _ signals: DialogueSignals, _ editor: LineEditor, shown: Shown
  ) {
    (self.keeper, self.runner, self.parameters, self.screen) = (keeper, runner, parameters, screen)
    (self.signals, self.editor, self.shown) = (signals, editor, shown)
  }

  /// Talks until the user leaves or standard input ends.
  ///
  /// Throws ``CommandError`` of kind `inputOutput` where nobody takes the answers; what was said is with the keeper.
  func run() throws(CommandError) {
    for question in keeper.dialogue.questions { editor.remember(question) }
    // A dialogue that was saved before its answer.
    if keeper.dialogue.openQuestion != nil { try answerOpenQuestion() }
    while true {
      switch editor.read(prompt: input.isInBlock ? "… " : "> ") {
      case .text(let line):
        editor.remember(line)
        guard let asked = input.take(line) else { continue }
        guard try take(asked) else { return }
      case .unusable(let reason): fail("\(reason), and is left out")
      case .end:
        // Ctrl-D leaves the cursor behind the prompt.
        if editor.isInteractive { try screen.show("") }
        if input.dropBlock() { fail(#"the text after """ has no end, and is left out"#) }
        return
      }
    }
  }

  /// Does what is asked; false for the end of the session.
  private func take(_ asked: DialogueInput) throws(CommandError) -> Bool {
    switch asked {
    case .nothing: break
    case .leave: return false
    case .say(let text):
      keeper.change { $0.ask(text) }
      try answerOpenQuestion()
    case .unknown(let word):
      let words = DialogueCommand.allCases.map { "/\($0.rawValue)" }.joined(separator: " ")
      fail(
        "there is no command /\(Excerpt.bare(word)); there are \(words), and a text that begins "
          + "with // is sent with one /"
      )
    case .command(let command, let argument):
      do throws(CommandError) {
        try carryOut(command, argument)
      } catch {
        guard error.exitCode != CommandError.Kind.inputOutput.rawValue || command == .save else {
          throw error
        }
        fail(error.message)
      }
    }
    return true
  }

  /// Answers the turn that waits, and saves the dialogue. A turn that cannot be answered is taken back.
  ///
  /// Throws ``CommandError`` where nobody takes the answer.
  func answerOpenQuestion() throws(CommandError) {
    defer { saveQuietly() }
    do {
      let turn = try signals.answering { try answer(keeper.dialogue.messages) }
      try screen.endAnswer()
      try finish(turn)
    } catch let error as RequestError {
      let isKept = keeper.endAnswer()
      fail(error.message(in: CommandLineDialect()) + (isKept ? "" : "; the turn is taken back"))
    } catch let error as CommandError {
      // Nobody sees the answer: what was seen of it is kept.
      keeper.endAnswer()
      throw error
    } catch {
      preconditionFailure("an answer ends with no other error: \(error)")
    }
  }

  private func answer(_ messages: [ChatMessage]) throws -> TurnRunner.Turn {
    let params = parameters.values
    return try runner.answer(
      messages, params, seed: parameters.seed, isStopped: { signals.isStopped },
      begin: { prepared in
        tellHistory(prepared.history)
        if shown.prompts { try screen.say(runner.text(of: prepared.promptTokenIDs, params)) }
      },
      show: { update in
        keeper.extendAnswer(update.text)
        try screen.think(update.reasoning)
        try screen.say(update.text)
      })
  }

  private func finish(_ turn: TurnRunner.Turn) throws(CommandError) {
    if let answer = turn.answer {
      answeredTurnCount += 1
      keeper.endAnswer(answer.text)
      if answer.finishReason == .length {
        screen.note(
          "the answer was cut after \(answer.tokenIDs.count) tokens; /params max_tokens N allows more")
      }
    } else if keeper.endAnswer() {
      answeredTurnCount += 1
      screen.note("stopped; what was said stays in the dialogue")
    } else {
      screen.note("stopped before anything was said; the dialogue is what it was before")
    }
    if shown.timings { screen.note(turn.figures.text) }
  }

  /// Says once that the model no longer sees all of the dialogue, and each time what it does not see of the question.
  private func tellHistory(_ history: HistoryReport?) {
    guard let history else { return }
    if history.roundsDropped > 0, !hasToldDroppedRounds {
      hasToldDroppedRounds = true
      screen.note(
        "from here on the model sees the newest rounds alone: \(history.roundsKept) are kept, and "
          + "\(history.roundsDropped) no longer fit; the dialogue itself stays whole")
    }
    if history.userTokensCut > 0 {
      screen.note("the question is too long: its last \(history.userTokensCut) tokens are cut")
    }
  }

  /// Saves what was said so far; what is in the way is told, and tried again at the end.
  func saveQuietly() {
    do throws(CommandError) {
      try keeper.save()
    } catch {
      StandardError.tell(error.message, level: .error)
    }
  }

  /// Tells what went wrong; the session goes on.
  private func fail(_ message: String) {
    failedTurnCount += 1
    StandardError.tell(message, level: .error)
  }
}
