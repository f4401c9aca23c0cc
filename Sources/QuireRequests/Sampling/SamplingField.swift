/// The sampling parameters by name; raw values are vLLM's spelling. Each has a row in `SamplingRow.all`, in this order.
public enum SamplingField: String, CaseIterable, Sendable {
  case n
  case bestOf = "best_of"
  case presencePenalty = "presence_penalty"
  case frequencyPenalty = "frequency_penalty"
  case repetitionPenalty = "repetition_penalty"
  case temperature
  case topP = "top_p"
  case topK = "top_k"
  case minP = "min_p"
  case seed
  case stop
  case badWords = "bad_words"
  case maxTokens = "max_tokens"
  case minTokens = "min_tokens"
  case truncatePromptTokens = "truncate_prompt_tokens"
  case logprobs
  case promptLogprobs = "prompt_logprobs"
  case detokenize
  case skipSpecialTokens = "skip_special_tokens"
  case spacesBetweenSpecialTokens = "spaces_between_special_tokens"
  case includeStopString = "include_stop_str_in_output"
  case ignoreEOS = "ignore_eos"
  case stopTokenIDs = "stop_token_ids"
  case allowedTokenIDs = "allowed_token_ids"
  case logitBias = "logit_bias"
  case structuredOutputs = "structured_outputs"
  case lengthPenalty = "length_penalty"
  case earlyStopping = "early_stopping"
  case useBeamSearch = "use_beam_search"
}
