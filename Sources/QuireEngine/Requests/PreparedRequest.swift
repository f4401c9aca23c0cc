package import QuireRequests
package import QuireSampling
import QuireStructuredOutput
import QuireTokenizers

/// A request that one model can carry out: made by a `PromptPreparer` alone, which checks all there is to check, once.
/// Only the cache may still have no room for it.
package struct PreparedRequest: Sendable {
  /// The prompt as it is run: at least one id, each in the vocabulary.
  package let promptTokenIDs: [Int32]
  /// How to sample, checked; `maxTokens` is what the model's length leaves, and `minTokens` no more.
  package let params: SamplingParams
  /// Tokens that end the text unless `params.ignoreEOS`: first the model's end-of-text id, which leaves
  /// `stopReason` nil, then those that are reported by id.
  package let eosTokenIDs: [Int32]
  /// Key of the random numbers where `params` has no seed.
  package let randomKey: UInt64
  /// What was kept, dropped and cut of a conversation.
  package let history: HistoryReport?

  /// What ends an answer by its last token or its length.
  package let stopChecker: StopChecker
  /// The token sequences of `params.badWords`.
  let badWords: [[Int32]]
  /// `params.structuredOutputs`, compiled for the model's vocabulary.
  let constraint: CompiledConstraint?

  /// Greatest number of tokens of an answer, at least 1.
  package var outputTokenLimit: Int { stopChecker.outputTokenLimit }

  /// The random numbers of one of the request's samples.
  func stream(ofSample index: Int) -> RandomStream {
    RandomStream(seed: params.seed, randomKey: randomKey, sampleIndex: index)
  }

  /// What the sampler must know of the first sample, which has no output yet.
  package func makeSamplingState() -> SamplingState {
    SamplingState(
      params: params, promptTokenIDs: promptTokenIDs, stopChecker: stopChecker, badWords: badWords,
      constraint: constraint, stream: stream(ofSample: 0))
  }
}

extension PromptPreparer {
  /// Checks what is left to check of a prompt that is tokens now, and settles the answer's length.
  ///
  /// - Parameter params: within their ranges.
  func prepared(
    _ allTokenIDs: [Int32], _ params: SamplingParams, eosTokenIDs: [Int32], randomKey: UInt64,
    history: HistoryReport? = nil
  ) throws(RequestError) -> PreparedRequest {
    let promptTokenIDs = Array(allTokenIDs.suffix(params.truncatePromptTokens ?? allTokenIDs.count))
    let limit = try limits.outputTokenLimit(promptTokenIDs: promptTokenIDs, maxTokens: params.maxTokens)
    var params = params
    params.maxTokens = limit
    params.minTokens = min(params.minTokens, limit)
    let checker = StopChecker(params: params, eosTokenIDs: eosTokenIDs, outputTokenLimit: limit)
    let constraint = try constraints.compiled(params.structuredOutputs, stopChecker: checker)
    try limits.checkReport(params, promptTokenCount: promptTokenIDs.count, outputTokenLimit: limit)
    return PreparedRequest(
      promptTokenIDs: promptTokenIDs, params: params, eosTokenIDs: eosTokenIDs, randomKey: randomKey,
      history: history, stopChecker: checker,
      badWords: BadWords.tokenSequences(params.badWords, tokenizer: tokenizer),
      constraint: constraint)
  }
}
