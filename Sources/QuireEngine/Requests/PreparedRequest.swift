package import QuireRequests
package import QuireSampling
import QuireStructuredOutput
import QuireTokenizers

/// A request that one model can carry out: made by a `PromptPreparer` alone, which checks all there is to check, once.
/// Only the cache may still be too small for it.
///
/// A class, since many hold it on its way: the queues of a job, the engine, each of its sequences.
package final class PreparedRequest: Sendable {
  /// The prompt as it is run: at least one id, each in the vocabulary.
  package let promptTokenIDs: [Int32]
  /// What its parameters come to, which other requests may share.
  package let rules: RequestRules
  /// Key of the random numbers where `params` has no seed.
  package let randomKey: UInt64
  /// What was kept, dropped and cut of a conversation.
  package let history: HistoryReport?

  /// Whether the prompt is a text that begins with BOS, and got another one.
  package let hasDoubledBOS: Bool
  /// Log-probabilities that its answers report at most.
  package let reportedEntryLimit: Int
  /// `params.structuredOutputs`, compiled for the model's vocabulary.
  let constraint: CompiledConstraint?
  /// What is known of the thought before the answer; nil where its tokens are like any others.
  let thought: Thought?
  /// What is scored behind the prompt; nil where it is answered.
  package let scoring: ScoringPlan?
  /// Whether it goes on behind an answer of the same engine, so that it is begun before requests that do not.
  package let isContinuation: Bool
  /// What becomes of its hidden states, where it is a text to be read and not answered.
  package let pooling: Pooling?

  /// A request; each argument is the property of its name.
  init(
    promptTokenIDs: [Int32], rules: RequestRules, randomKey: UInt64, history: HistoryReport?,
    hasDoubledBOS: Bool, reportedEntryLimit: Int, constraint: CompiledConstraint?, thought: Thought?,
    scoring: ScoringPlan? = nil, isContinuation: Bool = false, pooling: Pooling? = nil
  ) {
    self.promptTokenIDs = promptTokenIDs
    self.rules = rules
    self.randomKey = randomKey
    self.history = history
    self.hasDoubledBOS = hasDoubledBOS
    self.reportedEntryLimit = reportedEntryLimit
    self.constraint = constraint
    self.thought = thought
    self.scoring = scoring
    self.isContinuation = isContinuation
    self.pooling = pooling
  }

  /// The same request, which goes on behind an answer.
  package var asContinuation: PreparedRequest {
    PreparedRequest(
      promptTokenIDs: promptTokenIDs, rules: rules, randomKey: randomKey, history: history,
      hasDoubledBOS: hasDoubledBOS, reportedEntryLimit: reportedEntryLimit, constraint: constraint,
      thought: thought, scoring: scoring, isContinuation: true, pooling: pooling)
  }

  /// How to sample, as its rules have it.
  package var params: SamplingParams { _read { yield rules.params } }
  /// What ends its text, as its rules have it.
  package var eosTokenIDs: [Int32] { rules.eosTokenIDs }
  /// What ends an answer by its last token or its length.
  package var stopChecker: StopChecker { _read { yield rules.stopChecker } }

  /// The thought before an answer.
  struct Thought: Sendable {
    /// The tokens that begin and end it.
    let markers: ThoughtMarkers
    /// Whether the prompt has begun it.
    let isOpen: Bool
    /// Whether the answer tells it apart from its text.
    let isToldApart: Bool
  }

  /// Whether another request may have the same answers: one without random numbers, or with a seed of its own.
  package var mayRecur: Bool { params.isGreedy || params.seed != nil && params.seed != -1 }

  /// What is known of a thought before the answer, as one number.
  package var thoughtState: Int {
    thought.map { 1 + ($0.isOpen ? 2 : 0) + ($0.isToldApart ? 4 : 0) } ?? 0
  }

  /// The constraint's tables and masks, which requests may share: which they are, and their bytes so far.
  package var constraintTables: (id: ObjectIdentifier, byteCount: Int)? {
    constraint.map { (ObjectIdentifier($0), $0.byteCount) }
  }

  /// Greatest number of tokens of an answer: at least 1, and 0 where there is none.
  package var outputTokenLimit: Int { pooling == nil ? stopChecker.outputTokenLimit : 0 }

  /// Whether it may begin with blocks that others have computed: not where something is wanted of every token.
  var readsPrefixCache: Bool { params.promptLogprobs == nil && pooling?.readsEveryToken != true }

  /// The prompt as it was given; where texts are scored, without what of them stands in the prompt that is run.
  package var contextTokenIDs: [Int32] {
    scoring.map { Array(promptTokenIDs.prefix($0.contextTokenCount)) } ?? promptTokenIDs
  }

  /// Tokens of the prompt, which a base of rotation may depend on. Of one text that is scored it is the whole; of several
  /// the context, so that the score of none depends on the others.
  var wholePromptTokenCount: Int {
    guard let scoring else { return promptTokenIDs.count }
    return scoring.continuations.count == 1 ? promptTokenIDs.count : scoring.contextTokenCount
  }

  /// Tokens that all its samples, or beams, can have together.
  package var greatestOutputTokenCount: Int { outputTokenLimit * params.sampleCount * params.beamWidth }

  /// The random numbers of one of the request's samples.
  func stream(ofSample index: Int) -> RandomStream {
    RandomStream(seed: params.seed, randomKey: randomKey, sampleIndex: index)
  }

  /// What the sampler must know of the first sample, which has no output yet.
  package func makeSamplingState() -> SamplingState {
    SamplingState(
      params: params, promptTokenIDs: promptTokenIDs, stopChecker: stopChecker,
      tokenConstraints: rules.tokenConstraints, constraint: constraint,
      thought: thought.map {
        ThoughtProgress(
          $0.markers, isOpen: $0.isOpen, tokenBudget: params.thinkingTokenBudget,
          isAnswerApart: $0.isToldApart)
      }, stream: stream(ofSample: 0))
  }
}

extension PromptPreparer {
  /// Checks what is left to check of a prompt that is tokens now, and settles the answer's length.
  ///
  /// - Parameters:
  ///   - params: within their ranges.
  ///   - isChat: whether the answer is one to messages, which may begin with a thought.
  ///   - isText: whether the tokens that the tokenizer puts around a text have been put around the prompt.
  @inline(never)
  func prepared(
    _ allTokenIDs: [Int32], _ params: SamplingParams, eosTokenIDs: [Int32], randomKey: UInt64,
    isChat: Bool = false, history: HistoryReport? = nil, isText: Bool = false
  ) throws(RequestError) -> PreparedRequest {
    guard poolingRules?.makesTokens ?? true else {
      throw RequestError(
        .unsupportedValue, .request,
        found:
          "the model's files have no output head, so that it answers no prompts: it makes embeddings and "
          + "scores")
    }
    let promptTokenIDs = params.truncatePromptTokens.map { Array(allTokenIDs.suffix($0)) } ?? allTokenIDs
    let limit = try limits.outputTokenLimit(promptTokenIDs: promptTokenIDs, maxTokens: params.maxTokens)
    let rules = rules.rules(params, eosTokenIDs: eosTokenIDs, outputTokenLimit: limit)
    let thought = try thought(promptTokenIDs, params, turnEndIDs: eosTokenIDs, isChat: isChat)
    let constraint = try constraints.compiled(
      params.structuredOutputs, stopChecker: rules.stopChecker,
      reservedTokenCount: thought?.isToldApart == true && thought?.isOpen == true ? 1 : 0)
    try limits.checkReport(rules.params, promptTokenCount: promptTokenIDs.count, outputTokenLimit: limit)
    return PreparedRequest(
      promptTokenIDs: promptTokenIDs, rules: rules, randomKey: randomKey, history: history,
      hasDoubledBOS: isText && tokenizer.hasDoubledBOS(allTokenIDs),
      reportedEntryLimit: limits.reportedEntryLimit(
        params, promptTokenCount: promptTokenIDs.count, outputTokenLimit: limit),
      constraint: constraint, thought: thought)
  }

  /// The same of a context behind which texts are scored.
  ///
  /// - Parameters:
  ///   - params: within their ranges; of those only what says what is reported.
  ///   - history: of a conversation.
  /// - Throws: `RequestError` where an id is outside the vocabulary, or more would be reported than fits a request.
  func scored(
    _ context: [Int32], _ continuations: [[Int32]], byteCounts: [Int], _ params: SamplingParams,
    history: HistoryReport? = nil, isText: Bool
  ) throws(RequestError) -> PreparedRequest {
    try limits.checkIDs(context)
    let plan = ScoringPlan(
      contextTokenCount: context.count, continuations: continuations, byteCounts: byteCounts)
    let entryLimit = try limits.scoredEntryLimit(params, tokenCount: plan.tokenCount)
    let rules = rules.rules(params, eosTokenIDs: [], outputTokenLimit: plan.outputTokenLimit)
    return PreparedRequest(
      promptTokenIDs: plan.promptTokenIDs(context), rules: rules, randomKey: 0, history: history,
      hasDoubledBOS: isText && tokenizer.hasDoubledBOS(context), reportedEntryLimit: entryLimit,
      constraint: nil, thought: nil, scoring: plan)
  }

  /// The thought that an answer may begin with, where anything depends on it.
  private func thought(
    _ promptTokenIDs: [Int32], _ params: SamplingParams, turnEndIDs: [Int32], isChat: Bool
  ) throws(RequestError) -> PreparedRequest.Thought? {
    guard let thoughtMarkers else {
      guard let budget = params.thinkingTokenBudget else { return nil }
      throw RequestError(
        .invalidValue, .parameter(.thinkingTokenBudget), found: "\(budget)",
        expected: "absent with a model whose chat template and vocabulary have no markers of thoughts")
    }
    let isToldApart = isChat && tellsThoughtsApart
    guard isToldApart || params.thinkingTokenBudget != nil else { return nil }
    return PreparedRequest.Thought(
      markers: thoughtMarkers,
      isOpen: thoughtMarkers.areOpen(atEndOf: promptTokenIDs, turnEndIDs: turnEndIDs),
      isToldApart: isToldApart)
  }
}
