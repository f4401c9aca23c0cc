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
    result.minTokens = minTokens ?? fallback.minTokens
    result.maxTokens = maxTokens ?? fallback.maxTokens
    return result
  }

  /// The parameters of a line that says nothing, with vLLM's defaults where these are silent too; the length is nil
  /// where nothing states it.
  package func samplingParams() -> SamplingParams {
    let silent = SamplingParams(maxTokens: nil)
    return SamplingParams(
      presencePenalty: presencePenalty ?? silent.presencePenalty,
      frequencyPenalty: frequencyPenalty ?? silent.frequencyPenalty,
      repetitionPenalty: repetitionPenalty ?? silent.repetitionPenalty,
      temperature: temperature ?? silent.temperature, topP: topP ?? silent.topP, topK: topK ?? silent.topK,
      minP: minP ?? silent.minP, stop: stop ?? silent.stop, stopTokenIDs: stopTokenIDs ?? silent.stopTokenIDs,
      includeStopStringInOutput: includeStopStringInOutput ?? silent.includeStopStringInOutput,
      ignoreEOS: ignoreEOS ?? silent.ignoreEOS, maxTokens: maxTokens,
      minTokens: minTokens ?? silent.minTokens,
      skipSpecialTokens: skipSpecialTokens ?? silent.skipSpecialTokens)
  }
}
