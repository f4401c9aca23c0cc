/// How one request is sampled and when it ends: vLLM's fields, defaults and meaning, in Swift's spelling.
///
/// A value is only data: `validate(vocabularySize:)` checks it, `checkSupported()` refuses what this version
/// does not carry out, and `normalized()` gives the form that the sampler reads. Source: vLLM V1,
/// `vllm/sampling_params.py`; `use_beam_search` and its companions as in vLLM before version 0.6.
public struct SamplingParams: Sendable, Equatable {
  /// Number of answers to return, 1…16384.
  public var n: Int
  /// Number of answers to generate, of which the `n` most likely are returned; at least `n`, nil means `n`.
  public var bestOf: Int?
  /// Subtracted once from the logit of each token that the output holds, −2…2; 0 disables it.
  public var presencePenalty: Double
  /// Subtracted from a token's logit for each time that the output holds it, −2…2; 0 disables it.
  public var frequencyPenalty: Double
  /// Divides positive and multiplies negative logits of tokens of prompt and output, finite and above 0;
  /// 1 disables it.
  public var repetitionPenalty: Double
  /// Divides the logits before the draw, 0…2; 0 takes the most likely token, values in (0, 0.01) count as 0.01.
  public var temperature: Double
  /// Keeps the smallest set of tokens that holds this share of the probability, (0, 1]; 1 disables it.
  public var topP: Double
  /// Keeps this many most likely tokens, at least 1; 0 and −1 disable it.
  public var topK: Int
  /// Drops tokens less likely than this share of the most likely one, 0…1; 0 disables it.
  public var minP: Double
  /// Names the random stream of the request; nil and −1 leave it to the run's seed.
  public var seed: Int64?
  /// Texts that end the answer where they appear; none may be empty.
  public var stop: [String]
  /// Token ids that end the answer, each within the vocabulary.
  public var stopTokenIDs: [Int32]
  /// Texts that the answer may not hold; none may be empty.
  public var badWords: [String]
  /// Whether the text keeps the stop string, or the stop token's text, that ended it.
  public var includeStopStringInOutput: Bool
  /// Whether generation goes on past the model's end-of-text tokens. Explicit `stopTokenIDs` still stop.
  public var ignoreEOS: Bool
  /// Greatest number of output tokens, at least 1; nil goes on up to the model's length.
  public var maxTokens: Int?
  /// Number of output tokens before which nothing ends the answer, 0…`maxTokens`.
  public var minTokens: Int
  /// Number of most likely tokens to report at each output position, 0…20, −1 for the whole vocabulary;
  /// nil reports none.
  public var logprobs: Int?
  /// The same for each prompt position.
  public var promptLogprobs: Int?
  /// The tokens that `logprobs` reports at each output position beside the drawn one, instead of the most likely ones: ids
  /// within the vocabulary, whose number `logprobs` then does not say. Empty reports the most likely ones.
  public var logprobTokenIDs: [Int32]
  /// Whether the answer has text; without it `stop` must be empty.
  public var detokenize: Bool
  /// Whether the text leaves control tokens out.
  public var skipSpecialTokens: Bool
  /// Whether control tokens that the text keeps are set apart by spaces.
  public var spacesBetweenSpecialTokens: Bool
  /// Number of prompt tokens to keep, counted from the end, at least 1; nil keeps all.
  public var truncatePromptTokens: Int?
  /// Whether the tokens that the tokenizer puts around a text, such as BOS, are put around the prompt; nil puts them around
  /// texts and not around conversations, whose format has its own. Prompts of ids stay as they are.
  public var addSpecialTokens: Bool?
  /// Added to the logits of the named tokens; ids within the vocabulary, biases finite. Nil adds nothing.
  public var logitBias: [Int32: Double]?
  /// The only tokens that may be drawn: not empty, ids within the vocabulary. Nil allows all.
  public var allowedTokenIDs: [Int32]?
  /// What the whole answer must be; nil leaves it free.
  public var structuredOutputs: OutputConstraint?
  /// Whether to search with beams, `bestOf` (or `n`) of them; needs temperature 0.
  public var useBeamSearch: Bool
  /// Exponent of the length by which a beam's score is divided, finite; 1 is the default.
  public var lengthPenalty: Double
  /// When a beam search ends.
  public var earlyStopping: EarlyStopping
  /// Number of tokens of the answer that the model may think before it has to answer, at least 0: then the thought's end
  /// marker is forced. Nil sets no limit. Needs a model whose chat template has such markers.
  public var thinkingTokenBudget: Int?

  /// When a beam search ends: the three values of `early_stopping`.
  public enum EarlyStopping: Sendable, Equatable {
    /// `true`: as soon as there are as many finished beams as asked for.
    case whenEnoughFinished
    /// `false`: when it is unlikely that a better beam is found.
    case whenUnlikelyToImprove
    /// `"never"`: only when no better beam can be found.
    case never
  }

  /// Parameters with vLLM's defaults, unchecked; each argument is the field of its name.
  public init(
    n: Int = 1, bestOf: Int? = nil, presencePenalty: Double = 0, frequencyPenalty: Double = 0,
    repetitionPenalty: Double = 1, temperature: Double = 1, topP: Double = 1, topK: Int = 0, minP: Double = 0,
    seed: Int64? = nil, stop: [String] = [], stopTokenIDs: [Int32] = [], badWords: [String] = [],
    includeStopStringInOutput: Bool = false, ignoreEOS: Bool = false, maxTokens: Int? = 16,
    minTokens: Int = 0, logprobs: Int? = nil, promptLogprobs: Int? = nil,
    logprobTokenIDs: [Int32] = [], detokenize: Bool = true,
    skipSpecialTokens: Bool = true, spacesBetweenSpecialTokens: Bool = true,
    truncatePromptTokens: Int? = nil, addSpecialTokens: Bool? = nil, logitBias: [Int32: Double]? = nil,
    allowedTokenIDs: [Int32]? = nil,
    structuredOutputs: OutputConstraint? = nil, useBeamSearch: Bool = false, lengthPenalty: Double = 1,
    earlyStopping: EarlyStopping = .whenUnlikelyToImprove, thinkingTokenBudget: Int? = nil
  ) {
    self.n = n
    self.bestOf = bestOf
    self.presencePenalty = presencePenalty
    self.frequencyPenalty = frequencyPenalty
    self.repetitionPenalty = repetitionPenalty
    self.temperature = temperature
    self.topP = topP
    self.topK = topK
    self.minP = minP
    self.seed = seed
    self.stop = stop
    self.stopTokenIDs = stopTokenIDs
    self.badWords = badWords
    self.includeStopStringInOutput = includeStopStringInOutput
    self.ignoreEOS = ignoreEOS
    self.maxTokens = maxTokens
    self.minTokens = minTokens
    self.logprobs = logprobs
    self.promptLogprobs = promptLogprobs
    self.logprobTokenIDs = logprobTokenIDs
    self.detokenize = detokenize
    self.skipSpecialTokens = skipSpecialTokens
    self.spacesBetweenSpecialTokens = spacesBetweenSpecialTokens
    self.truncatePromptTokens = truncatePromptTokens
    self.addSpecialTokens = addSpecialTokens
    self.logitBias = logitBias
    self.allowedTokenIDs = allowedTokenIDs
    self.structuredOutputs = structuredOutputs
    self.useBeamSearch = useBeamSearch
    self.lengthPenalty = lengthPenalty
    self.earlyStopping = earlyStopping
    self.thinkingTokenBudget = thinkingTokenBudget
  }
}
