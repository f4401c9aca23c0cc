import ArgumentParser
import Foundation
import QuireBatch
import QuireEngine
import QuireJSON
import QuireRequests

/// `quire chat`: a conversation in the terminal.
struct ChatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat", abstract: "Talk to a model, and keep the dialogue.",
    discussion: "exit, quit, bye, q, 退出 and Ctrl-D leave; /help tells the commands. See docs/chat.md.")

  @OptionGroup var modelArguments: ModelArguments
  @Option(
    name: [.customShort("i"), .long], help: "The file of a dialogue to go on with.", completion: .file())
  var input: String?
  @Option(
    name: [.customShort("o"), .long], help: "The file to save the dialogue in.", completion: .file())
  var output: String?
  @Option(
    name: .customLong("io", withSingleDash: true),
    help: "The file for both; it may be missing at first.", completion: .file())
  var file: String?
  @Flag(help: "With -o: replace a file that exists.")
  var overwrite = false
  @Flag(name: .customLong("no-skip-prompt"), help: "Show the prompt's text before each answer, too.")
  var noSkipPrompt = false
  @Flag(
    name: .customLong("show-timings"), help: "Tell after each answer its tokens, those cached, and its speed."
  )
  var showTimings = false
  @OptionGroup(title: "Sampling") var sampling: SamplingOptions
  @OptionGroup(title: "What answers must be") var structure: StructureOptions
  @OptionGroup(title: "Chat") var conversation: ConversationOptions
  @OptionGroup(title: "Engine") var engine: EngineArguments

  func run() throws {
    var settings = try sampling.settings()
    settings.state(\.structuredOutputs, try structure.constraint())
    try conversation.check()
    let templateArguments = try conversation.template.arguments()
    let keeper = try openDialogue()
    let configuration = try engine.configuration(
      generationConfig: modelArguments.generationConfig, change: conversation.state(in:))
    var terminal = termios()
    let isTerminal = tcgetattr(0, &terminal) == 0
    let found = terminal
    let signals = try DialogueSignals {
      Self.saveAtLast(keeper)
      if isTerminal { withUnsafePointer(to: found) { _ = tcsetattr(0, TCSANOW, $0) } }
      DialogueScreen.reset()
    }
    let model = modelArguments.model
    let log = Log(level: .warning)
    let context = try loadContext(model: model, configuration, log: log)
    try conversation.check(context, named: model, isNeeded: true)
    let parameters = try DialogueParameters(
      try settings.overDefaults(of: context, named: model), seed: sampling.seed,
      vocabularySize: context.vocabularySize)
    let session = DialogueSession(
      keeper, try runner(context, templateArguments), parameters, DialogueScreen(), signals, LineEditor(),
      shown: DialogueSession.Shown(prompts: noSkipPrompt, timings: showTimings))
    if isTerminal {
      session.screen.note("\(Excerpt.name(context.modelName)); /help tells the commands, Ctrl-D leaves")
    }
    let result = Result { () throws(CommandError) in try session.run() }
    try end(keeper, session, isTerminal: isTerminal)
    try result.get()
  }

  /// The dialogue that is gone on with, and where it will be saved: all that can be wrong with it is found before the
  /// model loads.
  private func openDialogue() throws(CommandError) -> DialogueKeeper {
    for (name, path) in [("-i", input), ("-o", output), ("-io", file)] where path == "-" {
      throw CommandError(
        .usage, "\(name) is -, but the conversation itself takes standard input and output; name a file")
    }
    if file != nil, input != nil || output != nil {
      throw CommandError(
        .usage, "-io names the file to load and to save; leave -i and -o out, or take them alone")
    }
    let source = file ?? input
    let target = file ?? output
    let loaded = try source.flatMap { path throws(CommandError) in try DialogueFile.read(path) }
    if let input, loaded == nil {
      throw CommandError(
        .inputMissing, "the dialogue \(input) is missing; -io begins one where there is none")
    }
    let isSame =
      target != nil
      && (target == source || FileIdentity(path: target!) == source.flatMap(FileIdentity.init(path:)))
    if let target {
      guard isSame || overwrite || !DialogueFile.exists(target) else {
        throw CommandError(
          .outputUnusable,
          "the dialogue \(target) exists; go on with it by -io, add --overwrite to replace it, or name another file"
        )
      }
      try DialogueFile.checkWritable(target)
    }
    return DialogueKeeper(
      loaded, isSaved: isSame && loaded != nil, savingTo: target, givenSystem: conversation.system)
  }

  private func runner(
    _ context: ModelContext, _ templateArguments: [String: JSONText]
  ) throws(CommandError) -> TurnRunner {
    var preparer = context.preparer
    preparer.historyTokenBudget = conversation.historyTokenBudget
    preparer.historyLength = conversation.historyLength
    return TurnRunner(
      try loadEngine(context), preparer, settings: ChatSettings(templateArguments: templateArguments),
      seed: sampling.seed)
  }

  /// Saves the dialogue, and says where it is to whoever types.
  private func end(
    _ keeper: DialogueKeeper, _ session: DialogueSession, isTerminal: Bool
  ) throws {
    try keeper.save()
    if isTerminal, let path = keeper.path, DialogueFile.exists(path) {
      session.screen.note("\(keeper.dialogue.entries.count) messages saved to \(path)")
    }
    // Who types has seen what went wrong; a script has not.
    guard !isTerminal, session.failedTurnCount > 0, session.answeredTurnCount == 0 else { return }
    throw ExitCode(CommandError.Kind.nothingAnswered.rawValue)
  }

  private static func saveAtLast(_ keeper: DialogueKeeper) {
    do throws(CommandError) {
      try keeper.save()
    } catch {
      StandardError.tell(error.message, level: .error)
    }
  }
}
