import ArgumentParser
import QuireBenchmark
import QuireEngine
import QuireOpenAI
import QuireKernels
import QuireModels
import QuirePlatform
import QuireRequests

/// `quire profile`: where the time of a model's steps goes, by operation. For those who work on the kernels, and so not
/// among the commands that the help lists.
struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile", abstract: "Tell where the time of a model's steps goes, by operation.",
    shouldDisplay: false)

  @Argument(
    help: "A .gguf file, a directory in Hugging Face layout, or a model id in a local cache.",
    completion: .file())
  var model: String
  @Option(help: "Sequences of a step.")
  var sequences = 64
  @Option(help: "Positions of each sequence that are in the cache before the first step.")
  var context = 128
  @Option(help: "Positions of these, from the first on, that all sequences have in common, in full blocks.")
  var sharedContext = 0
  @Option(help: "New tokens of each sequence in a step: 1 is a decode step, more a chunk of a prompt.")
  var tokens = 1
  @Option(help: "Steps that are measured.")
  var steps = 32
  @Flag(help: "Draw from each row of logits, with the sampling options, and count the time of it.")
  var sample = false
  @Option(help: "With --sample, what each answer must be, as in lines: {\"json_object\": true}.")
  var structuredOutputs: String?
  @OptionGroup(title: "Sampling") var sampling: SamplingOptions
  @OptionGroup(title: "Engine") var engine: EngineArguments

  /// Products of such counts stay within 64 bits.
  private static let mostCount = 1 << 20

  func run() throws {
    for (name, count, least) in [
      ("--sequences", sequences, 1), ("--context", context, 0), ("--tokens", tokens, 1),
      ("--steps", steps, 1),
    ] where !(least...Self.mostCount).contains(count) {
      throw CommandError(.usage, "\(name) is \(count), but must be in \(least)...\(Self.mostCount)")
    }
    guard (0...context).contains(sharedContext) else {
      throw CommandError(
        .usage, "--shared-context is \(sharedContext), but must be between 0 and --context, \(context)")
    }
    guard sequences * tokens <= Self.mostCount else {
      throw CommandError(
        .usage,
        "--sequences \(sequences) of --tokens \(tokens) are a step of \(sequences * tokens) tokens, but it must be of at "
          + "most \(Self.mostCount)")
    }
    let configuration = try engine.configuration()
    var params = try sampling.settings().values
    if let structuredOutputs {
      do {
        params.structuredOutputs = try StructuredOutputsReader.constraint(
          inText: structuredOutputs, path: "--structured-outputs")
      } catch {
        throw CommandError(.usage, error.message)
      }
    }
    let table: String
    do throws(EngineError) {
      let measurement = try ModelMeasurement(model: model, configuration: configuration)
      let profile = try measurement.profile(
        sequenceCount: sequences, contextLength: context, sharedLength: sharedContext, newTokenCount: tokens,
        stepCount: steps,
        sampling: sample ? params : nil)
      table = profile.table
    } catch {
      throw CommandError(error)
    }
    try StandardOutput.write(table)
  }
}
