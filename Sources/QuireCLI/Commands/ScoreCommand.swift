import ArgumentParser
import QuireBatch

/// `quire score`: how likely a model finds each text of a file.
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Tell how likely the model finds each text of a file: its perplexity.",
    discussion:
      """
      Lines are JSON objects with "text", plain text, or rows of a table with a column text; all other keys are carried \
      along. Nothing is generated; see docs/scores.md.
      """)

  @OptionGroup var modelArguments: ModelArguments
  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Job") var job: JobOptions
  @OptionGroup(title: "Limits") var limits: LimitOptions
  @OptionGroup(title: "Dry run") var dryRun: DryRunArguments
  @Option(
    parsing: .unconditional,
    help: "Most likely tokens that are told at each place of a text; 0 for the text's own tokens alone.")
  var logprobs: Int?
  @OptionGroup(title: "Texts") var rawPrompts: RawPromptOptions
  @OptionGroup(title: "Engine") var engine: EngineArguments
  @OptionGroup var engines: EngineCountArgument

  func run() throws {
    let parts = try job.answerParts()
    if let part = parts.subtracting([.tokenIDs, .logprobs]).map(\.rawValue).sorted().first {
      throw CommandError(
        .usage, "--include is \(part), but scores of texts carry token_ids and logprobs only")
    }
    // The options that this command has not keep their usual values.
    var command = try RunCommand.parse(["--model", modelArguments.model, "-i", "-", "-o", "-"])
    command.modelArguments = modelArguments
    command.input = input
    command.job = job
    command.limits = limits
    command.dryRun = dryRun
    command.sampling.logprobs = logprobs
    command.chat.rawPrompts = rawPrompts
    command.engine = engine
    command.engines = engines
    try command.run(scoresTexts: true)
  }
}
