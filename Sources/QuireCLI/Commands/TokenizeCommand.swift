import ArgumentParser
import QuireBatch
import QuireTokenizers

/// `quire tokenize`: lines of text to lines of token ids, or back.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Turn lines of text into token ids, or back.",
    discussion: #"Lines {"text": "…"} become {"token_ids": […]}; with --decode the other way."#)

  @Option(help: "A model directory, a .gguf, a tokenizer.json or a .tiktoken file.")
  var tokenizer: String
  @Option(name: [.customShort("i"), .long], help: "The file of lines; - is standard input.")
  var input: String
  @Option(name: [.customShort("o"), .long], help: "The file to write; - is standard output.")
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
  @Flag(help: "Replace an output that exists.")
  var overwrite = false

  func run() throws {
    try checkFlags()
    Interruption.install()
    do {
      let input = try InputFile(path: input)
      let readFiles = ReadFiles.identities(input, [tokenizer])
      let output = try OutputFile(path: output, overwrite: overwrite, readFiles: readFiles)
      do {
        let conversion = TokenLines(
          tokenizer: try loadTokenizer(tokenizer), decodes: decode, addsSpecialTokens: addSpecialTokens,
          recognizesSpecialTokens: allowSpecialTokens, skipsSpecialTokens: skipSpecialTokens)
        try convert(input, output, conversion)
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
      ("--add-special-tokens", addSpecialTokens && decode),
      ("--allow-special-tokens", allowSpecialTokens && decode),
      ("--skip-special-tokens", skipSpecialTokens && !decode),
    ]
    if let (name, _) = misplaced.first(where: \.1) {
      throw CommandError(
        .usage, "\(name) has no meaning \(decode ? "with" : "without") --decode; leave it out")
    }
  }

  private func convert(_ input: InputFile, _ output: OutputFile, _ conversion: TokenLines) throws {
    let reader = LineReader(descriptor: input.descriptor, name: input.path)
    var errorCount = 0
    try output.begin()
    reading: while !Interruption.hasCome {
      switch try reader.next(waitMilliseconds: 100) {
      case .line(let line):
        let (bytes, isError) = conversion.convert(line)
        if isError { errorCount += 1 }
        try output.write(bytes)
      case .notReady: continue
      case .end: break reading
      }
    }
    try output.finish()
    if errorCount > 0 {
      StandardError.write("quire: \(errorCount) of \(output.lineCount) lines are errors\n")
    }
    if Interruption.hasCome {
      throw CommandError(.interrupted, "interrupted after \(output.lineCount) lines")
    }
  }
}
