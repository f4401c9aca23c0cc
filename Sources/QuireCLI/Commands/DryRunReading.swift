import ArgumentParser
import QuireBatch
import QuireBenchmark
import QuireEngine
import QuireModelFiles
import QuireRequests

/// `quire run --dry-run`: reads the input and tells of it.
struct DryRunReading {
  let model: String
  let configuration: EngineConfiguration
  let arguments: DryRunArguments

  /// Reads the lines of `source` and writes the report to standard output.
  ///
  /// Throws an exit code where the run would end early, or was interrupted.
  /// - Parameter sampling: what stands in for what lines leave out; in its ranges.
  func run(
    _ context: ModelContext, _ options: BatchJob.Options, _ sampling: SamplingSettings,
    _ source: any LineSource, _ cache: AnswerCache?
  ) throws {
    var report: DryRunReport
    do {
      report = try BatchJob.dryRun(
        context, options: options, sampling: sampling, source: source, cache: cache,
        optionDialect: CommandLineDialect(), isInterrupted: { Interruption.hasCome })
    } catch let error as JobError {
      throw CommandError(error)
    } catch let error as OptionError {
      throw CommandError(.usage, error.message(in: CommandLineDialect()))
    }
    if arguments.measureRate, !Interruption.hasCome { report.rates = try rates(context, report) }
    try StandardOutput.write(arguments.json ? String(decoding: report.json, as: UTF8.self) : report.text)
    let end: JobEnd =
      Interruption.hasCome ? .interrupted : report.hasTooManyErrors ? .tooManyErrors : .complete
    let code = end.exitCode(answered: report.promptTokens.count, failed: report.errorLineCount)
    if code != 0 { throw ExitCode(code) }
  }

  /// Measures some steps with prompts of the job's median length, as far as that takes no longer than some seconds.
  /// Nil where no rate could be measured.
  private func rates(_ context: ModelContext, _ report: DryRunReport) throws -> DryRunReport.Rates? {
    let outputTokenCount = max(1, min(16, context.maxModelLen - 1))
    let median = report.promptTokens.quantile(0.5) ?? 1
    let workload = BenchmarkWorkload(
      requestCount: min(16, configuration.maxNumSeqs),
      promptTokenCount: max(1, min(median, 64, context.maxModelLen - outputTokenCount)),
      outputTokenCount: outputTokenCount)
    do throws(EngineError) {
      // An estimate: of one engine with all threads.
      var configuration = self.configuration
      configuration.engines = 1
      let measured = try EngineBenchmark(workload: workload, configuration: configuration, warmupCount: 1)
        .run(
          model: model)
      guard let prefill = measured.prefillTokensPerSecond, let decode = measured.decodeTokensPerSecond else {
        return nil
      }
      return DryRunReport.Rates(prefillTokensPerSecond: prefill, decodeTokensPerSecond: decode)
    } catch {
      throw CommandError(error)
    }
  }
}
