import ArgumentParser
import QuireBenchmark
import QuireEngine
import QuireKernels

/// `quire bench`: how fast a model runs on this machine, or how fast its kernels are.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure how fast a model runs on this machine.",
    discussion: "Random prompts, greedy answers of a fixed length; see docs/command-line.md.")

  @Option(help: "A .gguf file, a directory in Hugging Face layout, or a model id in a local cache.")
  var model: String?
  @Option(name: .customLong("num-requests"), parsing: .unconditional, help: "Requests.")
  var requestCount = 64
  @Option(name: .customLong("prompt-tokens"), parsing: .unconditional, help: "Tokens of a prompt.")
  var promptTokenCount = 128
  @Option(name: .customLong("output-tokens"), parsing: .unconditional, help: "Tokens of an answer.")
  var outputTokenCount = 64
  @Flag(help: "Draw each length from half of the given one to the whole of it.")
  var ragged = false
  @Option(
    name: .customLong("shared-prefix-tokens"), parsing: .unconditional,
    help: "Leading tokens that all prompts have in common.")
  var sharedPrefixTokenCount = 0
  @Option(parsing: .unconditional, help: "What prompts and lengths are drawn from.")
  var seed: UInt64 = 0
  @Option(
    name: .customLong("num-iters-warmup"), parsing: .unconditional,
    help: "Runs of the whole workload before the one that is measured.")
  var warmupCount = 0
  @Flag(help: "Write one JSON object.")
  var json = false
  @OptionGroup(title: "Kernels") var kernels: KernelBenchmarkArguments
  @OptionGroup(title: "Engine") var engine: EngineArguments

  func run() throws {
    guard !kernels.isAskedFor else {
      try KernelBenchmarkArguments.checkAlone(CommandLine.arguments)
      let benchmark = try kernels.benchmark(threadCount: engine.threads)
      let report = try Self.reportingErrors(benchmark.run)
      return try StandardOutput.write(json ? report.json : report.text)
    }
    try kernels.checkUnused()
    guard let model else {
      throw CommandError(.usage, "--model is missing; name a model, or measure the kernels with --kernels")
    }
    let benchmark = EngineBenchmark(
      workload: BenchmarkWorkload(
        requestCount: requestCount, promptTokenCount: promptTokenCount, outputTokenCount: outputTokenCount,
        isRagged: ragged, sharedPrefixTokenCount: sharedPrefixTokenCount, seed: seed),
      configuration: try engine.configuration(), warmupCount: warmupCount)
    let report = try Self.reportingErrors { () throws(EngineError) in try benchmark.run(model: model) }
    try StandardOutput.write(json ? report.json : report.text)
  }

  private static func reportingErrors<Report>(_ run: () throws(EngineError) -> Report) throws -> Report {
    do throws(EngineError) {
      return try run()
    } catch {
      throw CommandError(error)
    }
  }
}
