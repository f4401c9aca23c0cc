extension SamplingParams {
  /// Whether every draw takes the most likely token.
  public var isGreedy: Bool { temperature == 0 }

  /// Number of most likely tokens that the sampler reports with each draw, −1 for the whole vocabulary: `logprobs`, or 0
  /// where only the drawn token's probability is needed, to rank the `bestOf` answers. Nil reports nothing.
  ///
  /// With `logprobTokenIDs` none of the most likely ones, whatever `logprobs` says.
  package var reportedLogprobs: Int? {
    if logprobs != nil, !logprobTokenIDs.isEmpty { return 0 }
    return logprobs ?? (ranksSamples ? 0 : nil)
  }

  /// Tokens that an output position reports beside its own, −1 for the whole vocabulary; nil where nothing is reported.
  package var reportedTokenCount: Int? {
    logprobs.map { logprobTokenIDs.isEmpty ? $0 : logprobTokenIDs.count }
  }

  /// The lowest temperature above greedy: colder ones overflow fp32 softmax (vLLM,
  /// `_MAX_TEMP` in `sampling_params.py`).
  package static let lowestTemperature = 0.01

  /// The same request in the form that the sampler reads; call it on validated parameters.
  ///
  /// Greedy sampling resets `topP`, `topK` and `minP`, and only those; temperatures in (0, 0.01) become 0.01;
  /// a seed of −1 becomes nil and a `topK` of −1 becomes 0; repeated ids of stop and reported tokens go, the order stays.
  package func normalized() -> SamplingParams {
    var result = self
    if result.topK == -1 { result.topK = 0 }
    if result.seed == -1 { result.seed = nil }
    if isGreedy {
      (result.topP, result.topK, result.minP) = (1, 0, 0)
    } else {
      result.temperature = max(temperature, Self.lowestTemperature)
    }
    var seen: Set<Int32> = []
    result.stopTokenIDs = stopTokenIDs.filter { seen.insert($0).inserted }
    seen = []
    result.logprobTokenIDs = logprobTokenIDs.filter { seen.insert($0).inserted }
    return result
  }
}
