import ArgumentParser
import QuireBatch
import QuireEngine
import QuireTokenizers

/// `quire tokenize`: lines of text to lines of token ids, or back.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Turn lines of text into token ids, or back.",
    discussion: #"""
      Lines {"text": "…"} become {"token_ids": […]}; with --decode the other way, with --chat conversations, \
      {"messages": […]}, the ids of their prompts.
      """#)

  @Option(help: "A model directory, a .gguf, a tokenizer.json or a .tiktoken file.", completion: .file())
  var tokenizer: String
  @Option(
    name: [.customShort("i"), .long], help: "The file of lines; - is standard input.", completion: .file())
  var input: String
  @Option(
    name: [.customShort("o"), .long], help: "The file to write; - is standard output.", completion: .file())
  var output: String
  @Flag(help: "Turn token ids into text.")
  var decode = false
  @Flag(name: .customLong("add-special-tokens"), help: "Add BOS and EOS as the tokenizer says.")
  var addSpecialTokens = false
  @Flag(name: .customLong("allow-special-tokens"), help: "Take control tokens written in the text as such.")
  var allowSpecialTokens = false
  @Flag(
    name: .customLong("skip-special-tokens"), help: "With --decode: leave control tokens out of the text.")
  var skipSpecialTokens = false
  @Flag(help: "Turn conversations into the prompts that quire run makes of them.")
  var chat = false
  @Flag(
    name: .customLong("no-generation-prompt"), help: "With --chat: leave out the beginning of the answer.")
  var noGenerationPrompt = false
  @Flag(help: "With --chat: show the prompt's text, too.")
  var text = false
  @OptionGroup(title: "Chat") var template: ChatTemplateArguments
  @Flag(help: "Replace an output that exists.")
  var overwrite = false

  func run() throws {
    try checkFlags()
    Interruption.install()
    do {
      let input = try InputFile(path: input)
      let readFiles = [input.identity] + ReadFiles.identities([tokenizer, template.chatTemplate])
      let output = try OutputFile(path: output, overwrite: overwrite, readFiles: readFiles)
      do {
        try convert(input, output, try chat ? conversationConversion() : tokenConversion())
      } catch {
        output.discard()
        throw error
      }
    } catch let error as JobError {
      throw CommandError(error)
    } catch let error as IOError {
      throw CommandError(error)
    }
  }

  private func checkFlags() throws {
    let misplaced = [
      (
        "--add-special-tokens", addSpecialTokens && (decode || chat), decode ? "with --decode" : "with --chat"
      ),
      (
        "--allow-special-tokens", allowSpecialTokens && (decode || chat),
        decode ? "with --decode" : "with --chat"
      ),
      ("--skip-special-tokens", skipSpecialTokens && !decode, "without --decode"),
      ("--chat", chat && decode, "with --decode"),
      ("--no-generation-prompt", noGenerationPrompt && !chat, "without --chat"),
      ("--text", text && !chat, "without --chat"),
      ("--chat-template", template.chatTemplate != "auto" && !chat, "without --chat"),
      ("--chat-template-kwargs", template.templateArguments != nil && !chat, "without --chat"),
      ("--chat-date", template.chatDate != EngineConfiguration.defaultChatDate && !chat, "without --chat"),
    ]
    if let (name, _, place) = misplaced.first(where: \.1) {
      throw CommandError(.usage, "\(name) has no meaning \(place); leave it out")
    }
  }

  /// What makes an output line of an input line, and tells whether it is an error.
  private typealias Conversion = (InputLine) -> (bytes: [UInt8], isError: Bool)

  private func tokenConversion() throws -> Conversion {
    TokenLines(
      tokenizer: try loadTokenizer(tokenizer), decodes: decode, addsSpecialTokens: addSpecialTokens,
      recognizesSpecialTokens: allowSpecialTokens, skipsSpecialTokens: skipSpecialTokens
    ).convert
  }

  private func conversationConversion() throws -> Conversion {
    let arguments = try template.arguments()
    let prompter = try loadPrompter(tokenizer, template: template.chatTemplate, date: template.chatDate)
    return ConversationLines(
      prompter: prompter, templateArguments: arguments, beginsAnswers: !noGenerationPrompt, showsText: text
    ).convert
  }

  private func convert(_ input: InputFile, _ output: OutputFile, _ conversion: Conversion) throws {
    // Lines of texts are no job's, so that their kind is not asked.
    let reader = InputReader(input, format: .text)
    var errorCount = 0
    output.stopWaiting { Interruption.hasCome }
    try output.begin()
    reading: while !Interruption.hasCome {
      switch try reader.next(waitMilliseconds: 100) {
      case .line(let line):
        let (bytes, isError) = conversion(line)
        if isError { errorCount += 1 }
        try output.write(bytes)
      case .notReady: continue
      case .end: break reading
      }
    }
    try output.synchronize()
    if let failure = reader.failure { throw failure }
    if errorCount > 0 {
      StandardError.tell("\(errorCount) of \(output.lineCount) lines are errors", level: .warning)
    }
    if Interruption.hasCome {
      throw CommandError(.interrupted, "interrupted after \(output.lineCount) lines")
    }
  }
}
