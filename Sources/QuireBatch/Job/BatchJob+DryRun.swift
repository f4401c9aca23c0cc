package import QuireEngine
import QuireOpenAI
package import QuireRequests

extension BatchJob {
  /// Reads lines as a job would and computes nothing: the model's weights are not needed.
  ///
  /// - Parameters:
  ///   - sampling: parameters of lines that say nothing; in their ranges.
  ///   - cache: answers of other runs; nil for none. With one the model's files are read for their digests.
  ///   - isInterrupted: asked between lines.
  /// - Throws: `OptionError` where the template or the columns of the options are wrong, ``JobError`` where the source cannot
  ///   be read.
  package static func dryRun(
    _ context: ModelContext, options: Options, sampling: SamplingSettings, source: any LineSource,
    cache: AnswerCache? = nil, optionDialect: any ErrorDialect = SwiftDialect(),
    isInterrupted: () -> Bool = { false }
  ) throws -> DryRunReport {
    let parser = options.parser(
      sampling: sampling, try options.rowRules(), optionDialect,
      roundLimit: context.preparer.limits.maxModelLen, context.preparer.toolCallStyle,
      context.poolingRules.pairForm)
    let runCache = try cache.map { cache in
      RunCache(
        cache: cache,
        model: JobIdentity(context, files: try ModelDigests(context).files(), options, sampling).computation,
        vocabularySize: context.vocabularySize)
    }
    var run = DryRun(context, options, parser, source, runCache, optionDialect: optionDialect)
    do throws(IOError) {
      return try run.run(isInterrupted: isInterrupted)
    } catch {
      throw JobError.inputOutput("\(error)")
    }
  }
}

extension BatchJob.Options {
  /// What reads the lines of a job.
  ///
  /// - Parameters:
  ///   - roundLimit: the most earlier rounds of a conversation that are read, the newest ones.
  ///   - toolCallStyle: how the model writes calls of tools.
  ///   - pairForm: how the model scores pairs of texts.
  func parser(
    sampling: SamplingSettings, _ rules: RowRules, _ optionDialect: any ErrorDialect, roundLimit: Int,
    _ toolCallStyle: ToolCallStyle = ToolCallStyle(.json), _ pairForm: PairForm = .cosine
  ) -> LineParser {
    var parser = LineParser(
      format: inputFormat ?? .jsonl, sampling: sampling.including(parts), chatsBarePrompts: chatsBarePrompts,
      system: system, templateArguments: chatTemplateArguments, rules: rules,
      nearKeys: NearKeys(isStrict: strictFields, optionDialect: optionDialect))
    parser.defaults.roundLimit = roundLimit
    parser.defaults.body.toolCallStyle = toolCallStyle
    parser.defaults.body.pairForm = pairForm
    return parser
  }

  /// What makes requests of them, and of the bodies that a server is sent.
  package func preparer(_ context: ModelContext) -> RequestPreparer {
    var prompts = context.preparer
    prompts.recognizesSpecialTokens = recognizesSpecialTokens
    prompts.historyTokenBudget = historyTokenBudget
    prompts.historyLength = historyLength
    return RequestPreparer(prompts)
  }
}
