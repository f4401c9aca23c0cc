import ArgumentParser
import QuireBenchmark
import QuireEngine
import QuireKernels

/// `quire bench`: how fast a model runs on this machine, or how fast its kernels are.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure how fast a model runs on this machine.",
    discussion: "Random prompts, greedy answers of a fixed length; see docs/command-line.md.",
    subcommands: [BenchKernelsCommand.self])

  @Option(
    help: "A .gguf file, a directory in Hugging Face layout, or a model id in a local cache.",
    completion: .file())
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
  @Flag(name: .customLong("kernels"), help: "The same as the subcommand kernels.")
  var measuresKernels = false
  @OptionGroup var report: ReportArguments
  @OptionGroup(title: "Kernels") var kernels: KernelBenchmarkArguments
  @OptionGroup(title: "Engine") var engine: EngineArguments

  func run() throws {
    guard !measuresKernels else {
      return try kernels.measure(threadCount: engine.threading.threads, report)
    }
    try kernels.checkUnused()
    guard let model else {
      throw CommandError(
        .usage, "--model is missing; name a model, or measure the kernels with quire bench kernels")
    }
    let benchmark = EngineBenchmark(
      workload: BenchmarkWorkload(
        requestCount: requestCount, promptTokenCount: promptTokenCount, outputTokenCount: outputTokenCount,
        isRagged: ragged, sharedPrefixTokenCount: sharedPrefixTokenCount, seed: seed),
      // Answers to random prompts soon repeat themselves, so that drafts would be right more often than they are.
      configuration: try engine.configuration(usualSpeculation: .off), warmupCount: warmupCount)
    let figures = try CommandError.wording { () throws(EngineError) in try benchmark.run(model: model) }
    try StandardOutput.write(report.json ? figures.json : figures.text)
  }
}

/// `quire bench kernels`: how fast the matrix products are on this machine.
struct BenchKernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels", abstract: "Measure matrix products instead of a model.")

  @OptionGroup var kernels: KernelBenchmarkArguments
  @OptionGroup var threading: ThreadArguments
  @OptionGroup var report: ReportArguments

  func run() throws { try kernels.measure(threadCount: threading.threads, report) }
}

extension KernelBenchmarkArguments {
  /// Measures what is asked for and writes the figures; throws for options that say nothing about kernels.
  fileprivate func measure(threadCount: Int?, _ report: ReportArguments) throws {
    try Self.checkAlone(CommandLine.arguments)
    let figures = try CommandError.wording(try benchmark(threadCount: threadCount).run)
    try StandardOutput.write(report.json ? figures.json : figures.text)
  }
}
