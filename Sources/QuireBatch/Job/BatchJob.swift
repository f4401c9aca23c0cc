@_exported public import QuireEngine
@_exported public import enum QuireKernels.MatmulBackend
@_exported public import QuireRequests

/// A model that answers lines: what `quire run` does, for programs that make the lines and take the answers themselves.
///
/// A line is a JSON object, native or of an OpenAI batch, or a prompt where ``Options-swift.struct/inputFormat`` says so;
/// an answer is one, too. `docs/batch-jobs.md` describes both. A line that is wrong is answered with an error line, and never
/// stops the others. At most `max(16, 2 × maxNumSeqs)` lines are in an engine and four times as many under way, so memory
/// does not depend on the number of lines, but for some 16 bytes each.
///
/// Runs of one job come one after the other, whichever tasks or threads they are called from.
public final class BatchJob: Sendable {
  /// What lines leave open, and how answers come.
  public struct Options: Sendable, Equatable {
    /// How lines are written; nil leaves it to the name of a file, and is JSON Lines for a program's own lines.
    public var inputFormat: InputFormat?
    /// A template over the columns of rows, or the keys of lines, that makes their prompts: a text, or a JSON array of
    /// messages whose contents are templates (`docs/rows.md`). With one, ``system`` is a template, too.
    public var template: String?
    /// For a field of native lines, as `prompt` or `id`, the column or key that holds it.
    public var map: [String: String] = [:]
    /// Sampling parameters of lines that say nothing, all of them; nil takes the model's own over vLLM's defaults, with
    /// 1024 tokens for an answer (a completion of OpenAI's: 16) where the model states none.
    public var sampling: SamplingParams?
    /// What answers carry beyond what always stands in them.
    public var parts: Set<AnswerPart> = []
    /// Whether lines are texts whose log-probability is asked for, and nothing is written behind them: those of `quire score`.
    public var scoresTexts = false
    /// Whether answers come in the order of the lines, instead of as they finish.
    public var isOrdered = false
    /// Whether lines whose answers must be equal (the same prompt and parameters, greedy or with the same seed) are computed
    /// once. Bytes of answers do not depend on it.
    public var foldsEqualLines = true
    /// Whether lines that wait may be computed in another order than they come: those with a common beginning together, the
    /// longest first at the end. Bytes of answers do not depend on it, nor their order where ``isOrdered``.
    public var reordersLines = true
    /// Error lines that are put up with, at least 0; one more ends the run. Nil for any number.
    public var maxErrorCount: Int?
    /// Whether bare prompts are a user's turn in the model's chat format; ``system`` makes them such, too.
    public var chatsBarePrompts = false
    /// The system text of conversations that bring none; nil leaves it to the chat format.
    public var system: String?
    /// Variables of the chat template that lines do not set, as `enable_thinking`.
    public var chatTemplateArguments: [String: JSONText] = [:]
    /// The greatest number of tokens of a conversation, whose oldest rounds are dropped beyond it; nil leaves it to the
    /// model's length.
    public var historyTokenBudget: Int?
    /// The most earlier rounds (a user's turn and its replies) of a conversation, beside the budget; nil for any number.
    public var historyLength: Int?
    /// Whether control tokens written in raw prompts are recognised, as in vLLM.
    public var recognizesSpecialTokens = true
    /// Whether a key of a native line that is nearly a parameter's name, or another engine's name for one, makes an error
    /// line; else it is carried along as metadata.
    public var strictFields = true
    /// What lines without a seed of their own draw from, together with their id or content.
    public var seed: Int64 = 0
    /// Whether lines that an earlier run answered with an error are tried again; for ``BatchJob/run(input:output:errorFile:overwrite:isInterrupted:observe:)``.
    public var retriesErrors = false
    /// The part of the lines that is answered; nil for all. What a line without an id is keyed by, and `index`, are those of
    /// the whole input.
    public var shard: LineShard?
    /// When answers in a file are handed to the disk.
    public var fsync = FsyncPolicy.interval
    /// A directory of answers that other runs have kept and that this one adds to; made where it is not there, beside what is.
    /// Nil for none. Bytes of answers do not depend on it.
    public var cacheDirectory: String?
    /// Bytes that the files of ``cacheDirectory`` may take; the oldest answers go beyond them.
    public var cacheByteLimit = 1 << 30
    /// How long lines under way may go on once the run is to end early.
    public var gracePeriod = Duration.seconds(5)

    /// Options of a job that leaves everything to its lines and its model.
    public init() {}

    /// Which columns mean what. Throws for a template that cannot be read, and for columns that are mapped twice.
    package func rowRules() throws(OptionError) -> RowRules {
      if inputFormat == .text, template != nil || !map.isEmpty {
        let option: OptionName = template == nil ? .columns : .template
        throw OptionError(
          option,
          found: "\(option: option) is for columns, and lines of \(option: .inputFormat) text have none",
          remedy: "leave it out")
      }
      var rules = RowRules(map: try ColumnMap(map))
      rules.scoresTexts = scoresTexts
      guard let template else { return rules }
      rules.template = try RowTemplate(template)
      if let system { rules.systemTemplate = try RowTemplate(text: system) }
      return rules
    }
  }

  /// The model's name: as its file says, else the file's or folder's own.
  public var modelName: String { context.modelName }
  /// What lines leave open, and how answers come.
  public let options: Options

  private let context: ModelContext
  private let parser: LineParser
  private let rules: RowRules
  private let engine: EngineOwner
  private let cache: AnswerCache?
  /// The digests of the model's files, where they are being computed already.
  private let digests: ModelDigests?
  private let sampling: SamplingSettings
  private let optionDialect: any ErrorDialect

  /// Loads a model.
  ///
  /// - Parameters:
  ///   - model: a `.gguf` file, a directory in Hugging Face layout, or a model id in the local Hugging Face or ModelScope
  ///     cache.
  ///   - configuration: batch sizes, memory, threads. Its `seed` is not used: ``Options-swift.struct/seed`` is.
  ///   - options: what lines leave open.
  /// - Throws: `EngineError` that names the file, the option or the tensor; `OptionError` where the template or the map of
  ///   columns cannot be used; ``JobError`` where the directory of kept answers cannot be; `RequestError` where the options' parameters are
  ///   out of range, or where bare prompts are to be chats and the model has no format.
  public convenience init(
    model: String, configuration: EngineConfiguration = EngineConfiguration(), options: Options = Options()
  ) throws {
    let context = try ModelContext.load(model, configuration: configuration)
    let sampling =
      options.sampling.map(SamplingSettings.init(stating:)) ?? SamplingSettings(context.generationDefaults)
    try sampling.values.validate(vocabularySize: context.vocabularySize)
    let cache = try options.cacheDirectory.map { try AnswerCache($0, byteLimit: options.cacheByteLimit) }
    try self.init(
      context: context, engine: try context.makeBatchEngine(), options: options, sampling: sampling,
      cache: cache)
    if chatsBarePrompts { try context.preparer.checkChats() }
  }

  /// A job over an engine that nobody else uses, or a part of one that it shares.
  ///
  /// - Parameters:
  ///   - engine: nil for a job of which no line is left to compute: one that is, all the same, ends it.
  ///   - sampling: parameters of lines that say nothing, in place of `options.sampling`; in their ranges.
  ///   - cache: answers of other runs, in place of `options.cacheDirectory`; nil for none.
  ///   - digests: of the model's files, where they are being computed already.
  ///   - optionDialect: what error lines call the options of the job and the engine.
  /// - Throws: where the template or the map of columns cannot be used.
  package init(
    context: ModelContext, engine: (any BatchEngine)?, options: Options, sampling: SamplingSettings,
    cache: AnswerCache? = nil, digests: ModelDigests? = nil, optionDialect: any ErrorDialect = SwiftDialect()
  ) throws(OptionError) {
    self.context = context
    self.options = options
    self.optionDialect = optionDialect
    self.engine = EngineOwner(engine ?? IdleEngine(context))
    self.cache = cache
    self.digests = digests ?? (cache == nil ? nil : ModelDigests(context))
    rules = try options.rowRules()
    self.sampling = sampling
    parser = options.parser(
      sampling: sampling, rules, optionDialect, roundLimit: context.preparer.limits.maxModelLen,
      context.preparer.toolCallStyle, context.poolingRules.pairForm)
  }

  /// Whether bare prompts are a user's turn of a chat.
  package var chatsBarePrompts: Bool { parser.defaults.chatsBarePrompts }

  /// Sequences that the engines run at a time.
  var maxSequenceCount: Int { context.configuration.maxNumSeqs * context.layout.engineCount }
  /// What reads the job's lines.
  var lineParser: LineParser { parser }

  /// Answers lines, and returns when all are answered or the run has ended early. The sequence is iterated and the closures
  /// are called on the calling thread.
  ///
  /// - Parameters:
  ///   - lines: one line each, without line ends; blank ones are skipped but count in `index`. Taken as the engine can hold more.
  ///   - isInterrupted: asked between steps; true takes in no more lines, and lets those under way finish within
  ///     ``Options-swift.struct/gracePeriod``.
  ///   - observe: told where the run stands, after every step.
  ///   - write: takes each answer, a JSON object without a line end.
  /// - Throws: ``JobError`` where the engine failed, and whatever `write` throws. What was written by then stays.
  public func run(
    _ lines: some Swift.Sequence<String>, isInterrupted: @escaping () -> Bool = { false },
    observe: @escaping (JobProgress) -> Void = { _ in }, write: @escaping (String) throws -> Void
  ) throws -> JobResult {
    let sink = ClosureSink(write)
    return try sink.rethrowing {
      // The closures belong to this thread, and so does the sequence.
      try run(
        source(IteratedTexts(lines)), sink, isThreaded: false, isInterrupted: isInterrupted,
        observe: observe)
    }
  }

  /// The lines, or rows, of a program's own texts.
  func source(_ texts: any TextSource) -> any LineSource {
    guard let delimiter = parser.format.delimiter else { return TextLines(texts) }
    return RowReader(TextBytes(texts), name: "the lines", delimiter: delimiter, rules: rules)
  }

  /// The lines, or rows, of a file.
  func source(ofFile path: String) throws(JobError) -> InputSequence {
    try InputSequence(paths: [path], format: options.inputFormat, rules: rules)
  }

  func run(
    _ source: any LineSource, _ sink: any LineSink, resumption: Resumption? = nil, isThreaded: Bool = true,
    isInterrupted: @escaping () -> Bool, observe: @escaping (JobProgress) -> Void
  ) throws(JobError) -> JobResult {
    let (end, progress) = outcome(
      source, sink, resumption: resumption, isThreaded: isThreaded, isInterrupted: isInterrupted,
      observe: observe)
    return JobResult(end: try end.get(), progress: progress)
  }

  /// Answers lines from a source to a sink, and says what was done also where that failed.
  ///
  /// - Parameters:
  ///   - resumption: what earlier runs left in the sink; nil for nothing.
  ///   - keys: what the lines are known by that are answered; nil for all. The others count among identical ones.
  ///   - isThreaded: whether the source is read and the sink written on threads of their own, beside the calling one.
  ///   - observer: what watches the run; nil for nobody.
  package func outcome(
    _ source: any LineSource, _ sink: any LineSink, resumption: Resumption? = nil, keys: Set<LineKey>? = nil,
    isThreaded: Bool = true, isInterrupted: @escaping () -> Bool,
    observe: @escaping (JobProgress) -> Void, observer: RunObserver? = nil
  ) -> (end: Result<JobEnd, JobError>, progress: JobProgress) {
    engine.withEngine { engine in
      engine.observer = observer
      defer { engine.observer = nil }
      let cache: RunCache?
      do throws(JobError) {
        cache = try runCache()
      } catch {
        return (.failure(error), JobProgress())
      }
      let loop = loop(
        source, sink, resumption, keys, cache, engine, isThreaded, isInterrupted, observe, observer)
      let end = Result { () throws(JobError) in try loop.run() }
      return (end, loop.progress)
    }
  }

  /// The kept answers of this model; nil where none are kept.
  private func runCache() throws(JobError) -> RunCache? {
    guard let cache else { return nil }
    return RunCache(
      cache: cache, model: try identity().computation, vocabularySize: context.vocabularySize)
  }

  @inline(never)
  private func loop(
    _ source: any LineSource, _ sink: any LineSink, _ resumption: Resumption?, _ keys: Set<LineKey>?,
    _ cache: RunCache?,
    _ engine: any BatchEngine, _ isThreaded: Bool,
    _ isInterrupted: @escaping () -> Bool, _ observe: @escaping (JobProgress) -> Void,
    _ observer: RunObserver?
  ) -> JobLoop {
    var loopOptions = JobLoop.Options(maxSequenceCount: maxSequenceCount)
    loopOptions.isThreaded = isThreaded
    loopOptions.isOrdered = options.isOrdered
    loopOptions.foldsEqualLines = options.foldsEqualLines
    loopOptions.reordersLines = options.reordersLines
    loopOptions.cacheTokenCapacity = context.kvCachePlan.tokenCapacity
    // In order, what is computed early only waits.
    if options.reordersLines, isThreaded, !options.isOrdered {
      loopOptions.aheadLineCount = JobLoop.Options.greatestAheadLineCount
    }
    loopOptions.selection = LineSelection(shard: options.shard, keys: keys)
    loopOptions.maxErrorCount = options.maxErrorCount
    loopOptions.gracePeriod = options.gracePeriod
    return JobLoop(
      source: source, parser: parser, preparer: options.preparer(context),
      encoder: AnswerEncoder(
        parts: options.parts, modelName: context.modelName, tokenizer: context.tokenizer),
      engine: engine, sink: sink, resumption: resumption, cache: cache, runSeed: options.seed,
      options: loopOptions,
      isInterrupted: isInterrupted, observe: observe, observer: observer,
      optionDialect: optionDialect)
  }

  /// What the answers of this job depend on beside their lines. Throws where a file of the model cannot be read.
  func identity() throws(JobError) -> JobIdentity { try identity(digests ?? ModelDigests(context)) }

  /// The same, with the digests of the model's files.
  func identity(_ digests: ModelDigests) throws(JobError) -> JobIdentity {
    JobIdentity(context, files: try digests.files(), options, sampling)
  }
}
