package import QuireRequests

/// What an answer may carry beyond what always stands in it.
public enum AnswerPart: String, Sendable, CaseIterable {
  /// The answer's token ids.
  case tokenIDs = "token_ids"
  /// The prompt's token ids.
  case promptTokenIDs = "prompt_token_ids"
  /// Asks for the log-probability of each token of the answer, for lines that do not ask for more.
  case logprobs
  /// The same for the prompt.
  case promptLogprobs = "prompt_logprobs"
  /// The token count of each of the answer's texts.
  case usage
  /// The log-probability of each of the answer's texts without the tokens that were forced; asks for ``logprobs``, too.
  case unforcedLogprob = "unforced_logprob"
}

extension SamplingSettings {
  /// These settings, which report at least each token's own log-probability where answers are to carry it.
  package func including(_ parts: Set<AnswerPart>) -> SamplingSettings {
    var result = self
    if !parts.isDisjoint(with: [.logprobs, .unforcedLogprob]), values.logprobs == nil {
      result.set(\.logprobs, to: 0)
    }
    if parts.contains(.promptLogprobs), values.promptLogprobs == nil { result.set(\.promptLogprobs, to: 0) }
    return result
  }
}
