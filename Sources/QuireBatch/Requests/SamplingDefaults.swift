package import QuireRequests

/// Sampling parameters that stand in for those a line leaves out; nil leaves a field to the next source.
///
/// The sources, first to last: the line, the command line, the model's `generation_config.json`, vLLM's defaults.
package struct SamplingDefaults: Equatable, Sendable {
  /// 0…2; 0 is greedy.
  package var temperature: Double?
  /// (0, 1]; 1 disables it.
  package var topP: Double?
  /// At least 1; 0 and −1 disable it.
  package var topK: Int?
  /// 0…1; 0 disables it.
  package var minP: Double?
  /// −2…2; 0 disables it.
  package var presencePenalty: Double?
  /// −2…2; 0 disables it.
  package var frequencyPenalty: Double?
  /// Finite and above 0; 1 disables it.
  package var repetitionPenalty: Double?
  /// Texts that end an answer, none empty.
  package var stop: [String]?
  /// Tokens that end an answer, in the vocabulary.
  package var stopTokenIDs: [Int32]?
  /// Whether answers go on past end-of-text tokens.
  package var ignoreEOS: Bool?
  /// Whether texts leave control tokens out.
  package var skipSpecialTokens: Bool?
  /// Whether texts keep what stopped them.
  package var includeStopStringInOutput: Bool?
  /// Texts that answers may not hold, none empty.
  package var badWords: [String]?
  /// Added to the logits of tokens, finite; as given for lines of all kinds.
  package var logitBias: [Int32: Double]?
  /// The only tokens that may be drawn: not empty, in the vocabulary.
  package var allowedTokenIDs: [Int32]?
  /// Most likely tokens to report at each position of an answer, 0…20, −1 for all.
  package var logprobs: Int?
  /// The same for prompts.
  package var promptLogprobs: Int?
  /// Whether answers have text.
  package var detokenize: Bool?
  /// Whether spaces set control tokens apart.
  package var spacesBetweenSpecialTokens: Bool?
  /// Tokens of a prompt to keep, counted from its end, at least 1.
  package var truncatePromptTokens: Int?
  /// Answers to a line, 1…16384.
  package var n: Int?
  /// Answers to generate, of which the `n` most likely are given; at least `n`.
  package var bestOf: Int?
  /// Whether to search with `bestOf`, or `n`, beams.
  package var useBeamSearch: Bool?
  /// Exponent of the length that divides a beam's score, finite.
  package var lengthPenalty: Double?
  /// When a beam search ends.
  package var earlyStopping: SamplingParams.EarlyStopping?
  /// Tokens before which nothing ends an answer, 0…`maxTokens`.
  package var minTokens: Int?
  /// Longest answer in tokens, at least 1.
  package var maxTokens: Int?

  /// Defaults that say nothing.
  package init() {}

  /// These defaults, with `fallback` where they say nothing.
  package func falling(backTo fallback: SamplingDefaults) -> SamplingDefaults {
    var result = self
    result.temperature = temperature ?? fallback.temperature
    result.topP = topP ?? fallback.topP
    result.topK = topK ?? fallback.topK
    result.minP = minP ?? fallback.minP
    result.presencePenalty = presencePenalty ?? fallback.presencePenalty
    result.frequencyPenalty = frequencyPenalty ?? fallback.frequencyPenalty
    result.repetitionPenalty = repetitionPenalty ?? fallback.repetitionPenalty
    result.stop = stop ?? fallback.stop
    result.stopTokenIDs = stopTokenIDs ?? fallback.stopTokenIDs
    result.ignoreEOS = ignoreEOS ?? fallback.ignoreEOS
    result.skipSpecialTokens = skipSpecialTokens ?? fallback.skipSpecialTokens
    result.includeStopStringInOutput = includeStopStringInOutput ?? fallback.includeStopStringInOutput
    result.badWords = badWords ?? fallback.badWords
    result.logitBias = logitBias ?? fallback.logitBias
    result.allowedTokenIDs = allowedTokenIDs ?? fallback.allowedTokenIDs
    result.logprobs = logprobs ?? fallback.logprobs
    result.promptLogprobs = promptLogprobs ?? fallback.promptLogprobs
    result.detokenize = detokenize ?? fallback.detokenize
    result.spacesBetweenSpecialTokens = spacesBetweenSpecialTokens ?? fallback.spacesBetweenSpecialTokens
    result.truncatePromptTokens = truncatePromptTokens ?? fallback.truncatePromptTokens
    result.n = n ?? fallback.n
    result.bestOf = bestOf ?? fallback.bestOf
    result.useBeamSearch = useBeamSearch ?? fallback.useBeamSearch
    result.lengthPenalty = lengthPenalty ?? fallback.lengthPenalty
    result.earlyStopping = earlyStopping ?? fallback.earlyStopping
    result.minTokens = minTokens ?? fallback.minTokens
    result.maxTokens = maxTokens ?? fallback.maxTokens
    return result
  }

  /// These defaults, which report at least each token's own log-probability where answers are to carry it.
  package func including(_ parts: Set<AnswerPart>) -> SamplingDefaults {
    var result = self
    if parts.contains(.logprobs) { result.logprobs = logprobs ?? 0 }
    if parts.contains(.promptLogprobs) { result.promptLogprobs = promptLogprobs ?? 0 }
    return result
  }

  /// The parameters of a line that says nothing, with vLLM's defaults where these are silent too; the length is nil
  /// where nothing states it.
  package func samplingParams() -> SamplingParams {
    let silent = SamplingParams(maxTokens: nil)
    return SamplingParams(
      n: n ?? silent.n, bestOf: bestOf, presencePenalty: presencePenalty ?? silent.presencePenalty,
      frequencyPenalty: frequencyPenalty ?? silent.frequencyPenalty,
      repetitionPenalty: repetitionPenalty ?? silent.repetitionPenalty,
      temperature: temperature ?? silent.temperature, topP: topP ?? silent.topP, topK: topK ?? silent.topK,
      minP: minP ?? silent.minP, stop: stop ?? silent.stop, stopTokenIDs: stopTokenIDs ?? silent.stopTokenIDs,
      badWords: badWords ?? silent.badWords,
      includeStopStringInOutput: includeStopStringInOutput ?? silent.includeStopStringInOutput,
      ignoreEOS: ignoreEOS ?? silent.ignoreEOS, maxTokens: maxTokens,
      minTokens: minTokens ?? silent.minTokens, logprobs: logprobs, promptLogprobs: promptLogprobs,
      detokenize: detokenize ?? silent.detokenize,
      skipSpecialTokens: skipSpecialTokens ?? silent.skipSpecialTokens,
      spacesBetweenSpecialTokens: spacesBetweenSpecialTokens ?? silent.spacesBetweenSpecialTokens,
      truncatePromptTokens: truncatePromptTokens, logitBias: logitBias, allowedTokenIDs: allowedTokenIDs,
      useBeamSearch: useBeamSearch ?? silent.useBeamSearch,
      lengthPenalty: lengthPenalty ?? silent.lengthPenalty,
      earlyStopping: earlyStopping ?? silent.earlyStopping)
  }
}
