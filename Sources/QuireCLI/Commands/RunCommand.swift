import ArgumentParser
import QuireEngine
import QuireBatch
import QuireRequests

/// `quire run`: answers a file of prompts.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Answer every line of a file.",
    discussion:
      "Lines are native JSON, OpenAI batch lines, plain text or rows of a table; see docs/batch-jobs.md.")

  @OptionGroup var modelArguments: ModelArguments
  @OptionGroup(title: "Input") var input: InputOptions
  @OptionGroup(title: "Job") var job: JobOptions
  @OptionGroup(title: "Limits") var limits: LimitOptions
  @OptionGroup(title: "Dry run") var dryRun: DryRunArguments
  @OptionGroup(title: "Sampling, for lines that say nothing") var sampling: SamplingOptions
  @OptionGroup(title: "What answers must be, for lines that say nothing") var structure: StructureOptions
  @OptionGroup(title: "Chat") var chat: ChatOptions
  @OptionGroup(title: "Engine") var engine: EngineArguments
  @OptionGroup var engines: EngineCountArgument

  private var model: String { modelArguments.model }
  private var conversation: ConversationOptions { chat.conversation }

  func run() throws { try run(scoresTexts: false) }

  /// - Parameter scoresTexts: whether lines are texts, each of which is scored as a whole.
  func run(scoresTexts: Bool) throws {
    StandardError.use(job.logFormat)
    // All that can be found wrong without the model is found before it loads.
    let parts = try job.answerParts()
    var settings = try sampling.settings().including(parts)
    settings.state(\.structuredOutputs, try structure.constraint())
    try conversation.check()
    try input.check()
    try job.check()
    try limits.check()
    try dryRun.check()
    let jobOptions = try jobOptions(parts, scoresTexts: scoresTexts)
    let shared = try SharedRun(job, jobOptions)
    let configuration = try engine.configuration(generationConfig: modelArguments.generationConfig) {
      conversation.state(in: &$0)
      engines.state(in: &$0)
    }
    Interruption.install()
    try limits.apply()
    if dryRun.dryRun { return try runDry(configuration, settings, jobOptions) }
    if let shared { return try runShared(shared, configuration, settings, jobOptions) }
    let files = try openFiles(jobOptions)
    do {
      let cache = try job.openCache(isWritten: true)
      let loadStart = ContinuousClock.now
      var digests: ModelDigests?
      // Nobody else uses the files while the model loads.
      nonisolated(unsafe) let unused = files
      let (context, engine) = try Interruption.endingAtOnce({ unused.discard() }) {
        () throws -> (ModelContext, (any BatchEngine)?) in
        // Where nothing is left to compute, no weights are needed.
        let isAnswered = try input.isAnswered(files.input, by: files.output, jobOptions)
        let context = try loadContext(model: model, configuration, log: job.log)
        if case .stream = files.output, cache == nil {} else { digests = ModelDigests(context) }
        return (context, try isAnswered ? nil : loadBatchEngine(context))
      }
      let facts = RunFacts(
        context, version: QuireCommand.version, loadTime: .now - loadStart, seed: sampling.seed)
      let batch = try batchJob(context, engine, settings, jobOptions, cache, digests)
      try claim(files, batch)
      defer { if let warning = cache?.warning { job.log.warning(warning) } }
      if engine == nil { job.log.info("already complete: all lines were answered before") }
      try answer(files, batch, RunRecords(files, facts, log: job.log))
    } catch {
      files.discard()
      throw error
    }
  }

  /// What lines leave open, as far as it is known without a model.
  private func jobOptions(_ parts: Set<AnswerPart>, scoresTexts: Bool) throws -> BatchJob.Options {
    var options = BatchJob.Options()
    options.scoresTexts = scoresTexts
    options.parts = parts
    options.isOrdered = job.ordered
    options.foldsEqualLines = !job.noFold
    options.reordersLines = !job.noReorder
    options.maxErrorCount = job.maxErrors
    options.shard = try job.shard()
    options.chatsBarePrompts = chat.chat
    try conversation.state(in: &options)
    options.recognizesSpecialTokens = !chat.rawPrompts.noSpecialTokens
    options.strictFields = job.strictFields == .on
    options.seed = sampling.seed
    try input.state(in: &options)
    return options
  }

  /// Opens what the run reads and writes, and looks at the beginning of its input.
  private func openFiles(_ options: BatchJob.Options) throws -> RunFiles {
    let source = try input.open(options)
    let files: RunFiles
    do throws(JobError) {
      files = try RunFiles(job, input: source, readPaths: readPaths)
    } catch {
      throw CommandError(error)
    }
    do {
      try input.prepare(source, options)
    } catch {
      files.discard()
      throw error
    }
    return files
  }

  private func runDry(
    _ configuration: EngineConfiguration, _ commandLine: SamplingSettings, _ options: BatchJob.Options
  ) throws {
    let source = try input.open(options)
    try input.prepare(source, options)
    let context = try loadContext(model: model, configuration, log: job.log)
    try conversation.check(
      context, named: model, isNeeded: options.chatsBarePrompts || options.system != nil)
    try DryRunReading(model: model, configuration: configuration, arguments: dryRun).run(
      context, options, try commandLine.overDefaults(of: context, named: model), source,
      try job.openCache(isWritten: false))
  }

  private func runShared(
    _ shared: SharedRun, _ configuration: EngineConfiguration, _ commandLine: SamplingSettings,
    _ options: BatchJob.Options
  ) throws {
    var options = options
    // The merge puts answers in order.
    options.isOrdered = false
    options.fsync = job.fsync
    let source = try input.open(options)
    try shared.check(source, readFiles: source.identities + ReadFiles.identities(readPaths))
    try input.prepare(source, options)
    let cache = try job.openCache(isWritten: true)
    defer { if let warning = cache?.warning { job.log.warning(warning) } }
    let (context, digests, engine) = try Interruption.endingAtOnce({}) {
      () throws -> (ModelContext, ModelDigests, any BatchEngine) in
      let context = try loadContext(model: model, configuration, log: job.log)
      // They are computed while the weights are packed.
      return (context, ModelDigests(context), try loadBatchEngine(context))
    }
    try shared.run(
      try batchJob(context, engine, commandLine, options, cache, digests), source, digests: digests)
  }

  /// The files that a run reads beside its input.
  private var readPaths: [String] {
    [model, modelArguments.generationConfig, conversation.template.chatTemplate]
      + (engine.lora.map { [$0] } ?? [])
  }

  private func batchJob(
    _ context: ModelContext, _ engine: (any BatchEngine)?, _ commandLine: SamplingSettings,
    _ options: BatchJob.Options, _ cache: AnswerCache?, _ digests: ModelDigests?
  ) throws -> BatchJob {
    let batch: BatchJob
    let defaults = try commandLine.overDefaults(of: context, named: model)
    do throws(OptionError) {
      batch = try BatchJob(
        context: context, engine: engine, options: options, sampling: defaults, cache: cache,
        digests: digests, optionDialect: CommandLineDialect())
    } catch {
      throw CommandError(.usage, error.message(in: CommandLineDialect()))
    }
    try conversation.check(context, named: model, isNeeded: batch.chatsBarePrompts)
    return batch
  }

  /// Says to the output which job it is of, and to the user what is there of it.
  private func claim(_ files: RunFiles, _ batch: BatchJob) throws(CommandError) {
    do throws(JobError) {
      try batch.claim(files.output, inputs: files.input.manifestInputs)
    } catch {
      throw CommandError(error)
    }
    guard case .durable(let output) = files.output else { return }
    for remark in output.remarks { job.log.warning(remark) }
    let (before, unfinished) = (output.resumption?.counts.lineCount ?? 0, output.unfinished)
    let (lineCount, tokenCount) = (unfinished?.lineCount ?? 0, unfinished?.tokenCount ?? 0)
    guard before + tokenCount > 0 else { return }
    job.log.info(
      "resumed: \(before) lines were answered before"
        + (tokenCount > 0 ? ", and \(tokenCount) tokens of \(lineCount) unfinished ones were generated" : ""))
  }

  private func answer(_ files: RunFiles, _ batch: BatchJob, _ records: RunRecords) throws {
    let input = files.input
    let reporter = ProgressReporter(inputByteCount: input.byteCount, progressStyle)
    var hasToldInterruption = false
    let (result, progress) = batch.outcome(
      input, files.output.sink, resumption: files.output.resumption,
      isInterrupted: {
        if Interruption.hasCome, !hasToldInterruption {
          hasToldInterruption = true
          job.log.info(
            "\(Interruption.reason); lines under way have a few seconds to finish, and a second signal ends at once"
          )
        }
        return Interruption.hasCome
      },
      observe: { progress in
        reporter.tellFirstError(progress)
        reporter.update(progress)
        records.update(progress)
      },
      observer: records.observer)
    reporter.tellFirstError(progress)
    StandardError.endBar()
    let end: JobEnd
    do throws(JobError) {
      end = try result.get()
      if end == .complete { try files.compressed?.complete() }
    } catch {
      records.finish(nil, progress)
      throw CommandError(error)
    }
    let recordsAreWhole = records.finish(end, progress)
    job.log.tellRemarks(of: progress)
    if job.log.level <= .info {
      job.log.info(ProgressText.summary(progress, elapsedSeconds: reporter.elapsedSeconds))
    } else if progress.errorLineCount > 0 {
      StandardError.tell("\(progress.errorLineCount) error lines", level: .error)
    }
    try finish(end, progress, files.output)
    if !recordsAreWhole { throw ExitCode(CommandError.Kind.inputOutput.rawValue) }
  }

  /// How progress is shown. A bar takes a terminal for itself: neither answers nor lines that are typed may stand in it.
  private var progressStyle: ProgressReporter.Style {
    let usual = ProgressReporter.Style(job.log)
    guard usual != .silent, Terminal.columnCount(ofDescriptor: 2) != nil else { return usual }
    if Terminal.isTerminal(job.output, standard: 1) { return .silent }
    let typesLines = input.input.contains { Terminal.isTerminal($0, standard: 0) }
    return job.logFormat == .json || typesLines ? .lines : usual
  }

  private func finish(_ end: JobEnd, _ progress: JobProgress, _ output: JobOutput) throws {
    let code = end.exitCode(answered: progress.answeredLineCount, failed: progress.errorLineCount)
    switch end {
    case .complete:
      // A shard without answers is a part of a job that may have some, as the merge finds out.
      guard code != 0, job.shardCount == nil else { return }
      StandardError.tell("no line was answered", level: .error)
    case .tooManyErrors:
      StandardError.tell(
        "stopped after \(progress.errorLineCount) error lines, with --max-errors \(job.maxErrors ?? 0)",
        level: .error)
    case .interrupted:
      if case .durable = output {
        StandardError.tell("\(Interruption.reason); run the same command again to go on", level: .error)
      } else {
        StandardError.tell(
          "\(Interruption.reason) after \(progress.answeredLineCount + progress.errorLineCount) lines; an output that is no file "
            + "cannot be gone on with", level: .error)
      }
    }
    throw ExitCode(code)
  }
}
