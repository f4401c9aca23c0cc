/// What an error is about: a field of a request, or an option of the engine. How it is written depends on who reads the
/// error (`ErrorDialect`).
public enum ErrorPlace: Sendable, Hashable {
  /// A sampling parameter.
  case parameter(SamplingField)
  /// The constraint on the answer, `SamplingParams.structuredOutputs`. `inside` is the place within it, as in
  /// ` at /properties/name` or `[3]`, empty for the whole.
  case constraint(OutputConstraint.Kind, inside: String = "")
  /// The prompt, whatever it was given as.
  case prompt
  /// A prompt that was given as token ids.
  case promptTokenIDs
  /// A prompt that was given as messages.
  case messages
  /// A text that is scored behind a prompt, by its place from 0; nil for all of them.
  case choice(Int?)
  /// A text that is scored as a whole.
  case scoredText
  /// What stands beside messages and says how they become a prompt, by its field's name, as in `chat_template_kwargs`.
  case chatSetting(String)
  /// An option of the engine or of a command.
  case option(OptionName)
  /// The request as a whole.
  case request
}

/// The name of an option in vLLM's spelling, as in `max_num_seqs`: of `EngineConfiguration`'s properties, and of what
/// commands have besides.
public struct OptionName: RawRepresentable, Sendable, Hashable {
  /// The words in lower case, joined by `_`.
  public let rawValue: String

  /// An option of that name.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// `EngineConfiguration.maxNumSeqs`.
  public static let maxNumSeqs = OptionName(rawValue: "max_num_seqs")
  /// `EngineConfiguration.maxNumBatchedTokens`.
  public static let maxNumBatchedTokens = OptionName(rawValue: "max_num_batched_tokens")
  /// `EngineConfiguration.blockSize`.
  public static let blockSize = OptionName(rawValue: "block_size")
  /// `EngineConfiguration.kvCacheMemory`.
  public static let kvCacheMemory = OptionName(rawValue: "kv_cache_memory")
  /// `EngineConfiguration.maxModelLen`.
  public static let maxModelLen = OptionName(rawValue: "max_model_len")
  /// `EngineConfiguration.threads`.
  public static let threads = OptionName(rawValue: "threads")
  /// `EngineConfiguration.engines`.
  public static let engines = OptionName(rawValue: "engines")
  /// `EngineConfiguration.matmul`.
  public static let matmul = OptionName(rawValue: "matmul")
  /// `EngineConfiguration.dtype`.
  public static let dtype = OptionName(rawValue: "dtype")
  /// `EngineConfiguration.kvCacheDtype`.
  public static let kvCacheDtype = OptionName(rawValue: "kv_cache_dtype")
  /// `EngineConfiguration.quantization`.
  public static let quantization = OptionName(rawValue: "quantization")
  /// `EngineConfiguration.chatTemplate`.
  public static let chatTemplate = OptionName(rawValue: "chat_template")
  /// `EngineConfiguration.chatDate`.
  public static let chatDate = OptionName(rawValue: "chat_date")
  /// The greatest number of tokens that a conversation may take.
  public static let historyTokenBudget = OptionName(rawValue: "history_token_budget")
}
