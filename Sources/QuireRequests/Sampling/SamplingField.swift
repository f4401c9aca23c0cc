/// The sampling parameters by name; raw values are vLLM's spelling. Each has a row in `SamplingRow.all`, in this order.
public enum SamplingField: String, CaseIterable, Sendable {
  /// The name of ``SamplingParams/n``.
  case n
  /// The name of ``SamplingParams/bestOf``.
  case bestOf = "best_of"
  /// The name of ``SamplingParams/presencePenalty``.
  case presencePenalty = "presence_penalty"
  /// The name of ``SamplingParams/frequencyPenalty``.
  case frequencyPenalty = "frequency_penalty"
  /// The name of ``SamplingParams/repetitionPenalty``.
  case repetitionPenalty = "repetition_penalty"
  /// The name of ``SamplingParams/temperature``.
  case temperature
  /// The name of ``SamplingParams/topP``.
  case topP = "top_p"
  /// The name of ``SamplingParams/topK``.
  case topK = "top_k"
  /// The name of ``SamplingParams/minP``.
  case minP = "min_p"
  /// The name of ``SamplingParams/seed``.
  case seed
  /// The name of ``SamplingParams/stop``.
  case stop
  /// The name of ``SamplingParams/badWords``.
  case badWords = "bad_words"
  /// The name of ``SamplingParams/maxTokens``.
  case maxTokens = "max_tokens"
  /// The name of ``SamplingParams/minTokens``.
  case minTokens = "min_tokens"
  /// The name of ``SamplingParams/truncatePromptTokens``.
  case truncatePromptTokens = "truncate_prompt_tokens"
  /// The name of ``SamplingParams/addSpecialTokens``.
  case addSpecialTokens = "add_special_tokens"
  /// The name of ``SamplingParams/logprobs``.
  case logprobs
  /// The name of ``SamplingParams/promptLogprobs``.
  case promptLogprobs = "prompt_logprobs"
  /// The name of ``SamplingParams/logprobTokenIDs``.
  case logprobTokenIDs = "logprob_token_ids"
  /// The name of ``SamplingParams/detokenize``.
  case detokenize
  /// The name of ``SamplingParams/skipSpecialTokens``.
  case skipSpecialTokens = "skip_special_tokens"
  /// The name of ``SamplingParams/spacesBetweenSpecialTokens``.
  case spacesBetweenSpecialTokens = "spaces_between_special_tokens"
  /// The name of ``SamplingParams/includeStopStringInOutput``.
  case includeStopString = "include_stop_str_in_output"
  /// The name of ``SamplingParams/ignoreEOS``.
  case ignoreEOS = "ignore_eos"
  /// The name of ``SamplingParams/stopTokenIDs``.
  case stopTokenIDs = "stop_token_ids"
  /// The name of ``SamplingParams/allowedTokenIDs``.
  case allowedTokenIDs = "allowed_token_ids"
  /// The name of ``SamplingParams/logitBias``.
  case logitBias = "logit_bias"
  /// The name of ``SamplingParams/structuredOutputs``.
  case structuredOutputs = "structured_outputs"
  /// The name of ``SamplingParams/lengthPenalty``.
  case lengthPenalty = "length_penalty"
  /// The name of ``SamplingParams/earlyStopping``.
  case earlyStopping = "early_stopping"
  /// The name of ``SamplingParams/useBeamSearch``.
  case useBeamSearch = "use_beam_search"
  /// The name of ``SamplingParams/thinkingTokenBudget``.
  case thinkingTokenBudget = "thinking_token_budget"

  private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

  /// The parameter of a name, nil for none: what `init(rawValue:)` gives, without a look at each of the names.
  package static func named(_ name: String) -> SamplingField? { byName[name] }
}
