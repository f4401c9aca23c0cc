extension SamplingParams {
  /// Whether every draw takes the most likely token.
  public var isGreedy: Bool { temperature == 0 }

  /// Number of most likely tokens that the sampler reports with each draw, −1 for the whole vocabulary: `logprobs`, or 0
  /// where only the drawn token's probability is needed, to rank the `bestOf` answers. Nil reports nothing.
  package var reportedLogprobs: Int? {
    logprobs ?? (ranksSamples ? 0 : nil)
  }

  /// The lowest temperature above greedy: colder ones overflow fp32 softmax (vLLM,
  /// `_MAX_TEMP` in `sampling_params.py`).
  package static let lowestTemperature = 0.01

  /// The same request in the form that the sampler reads; call it on validated parameters.
  ///
  /// Greedy sampling resets `topP`, `topK` and `minP`, and only those; temperatures in (0, 0.01) become 0.01;
  /// a seed of −1 becomes nil and a `topK` of −1 becomes 0; repeated stop token ids go, the order stays.
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
    return result
  }
}
