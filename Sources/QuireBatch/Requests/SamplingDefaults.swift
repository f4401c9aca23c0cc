package import QuireRequests

/// Sampling parameters that stand in for those a line leaves out; nil leaves a field to the next source.
///
/// The sources, first to last: the line, the command line, the model's `generation_config.json`, vLLM's defaults.
package struct SamplingDefaults: Equatable, Sendable {
  package var temperature: Double?
  package var topP: Double?
  package var topK: Int?
  package var minP: Double?
  package var presencePenalty: Double?
  package var frequencyPenalty: Double?
  package var repetitionPenalty: Double?
  package var stop: [String]?
  package var stopTokenIDs: [Int32]?
  package var ignoreEOS: Bool?
  package var skipSpecialTokens: Bool?
  package var includeStopStringInOutput: Bool?
  package var badWords: [String]?
  package var logitBias: [Int32: Double]?
  package var allowedTokenIDs: [Int32]?
  package var logprobs: Int?
  package var promptLogprobs: Int?
  package var detokenize: Bool?
  package var spacesBetweenSpecialTokens: Bool?
  package var truncatePromptTokens: Int?
  package var n: Int?
  package var bestOf: Int?
  package var useBeamSearch: Bool?
  package var lengthPenalty: Double?
  package var earlyStopping: SamplingParams.EarlyStopping?
  package var minTokens: Int?
  /// Longest answer in tokens, at least 1.
  package var maxTokens: Int?

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
