/// The sampling parameters by name; raw values are vLLM's spelling.
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
  case stopTokenIDs = "stop_token_ids"
  case badWords = "bad_words"
  case includeStopString = "include_stop_str_in_output"
  case ignoreEOS = "ignore_eos"
  case maxTokens = "max_tokens"
  case minTokens = "min_tokens"
  case logprobs
  case promptLogprobs = "prompt_logprobs"
  case detokenize
  case skipSpecialTokens = "skip_special_tokens"
  case spacesBetweenSpecialTokens = "spaces_between_special_tokens"
  case truncatePromptTokens = "truncate_prompt_tokens"
  case logitBias = "logit_bias"
  case allowedTokenIDs = "allowed_token_ids"
  case structuredOutputs = "structured_outputs"
  case useBeamSearch = "use_beam_search"
  case lengthPenalty = "length_penalty"
  case earlyStopping = "early_stopping"
}
