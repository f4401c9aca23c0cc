import ArgumentParser
import QuireBatch
import QuireRequests

/// Sampling parameters of lines that do not say them.
struct SamplingOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: "0 takes the likeliest token; up to 2.")
  var temperature: Double?
  @Option(
    name: .customLong("top-p"), parsing: .unconditional,
    help: "Keep the likeliest tokens with this share of the mass, (0, 1].")
  var topP: Double?
  @Option(
    name: .customLong("top-k"), parsing: .unconditional,
    help: "Keep the k likeliest tokens; 0 or -1 keeps all.")
  var topK: Int?
  @Option(
    name: .customLong("min-p"), parsing: .unconditional,
    help: "Drop tokens below this share of the likeliest one's, [0, 1].")
  var minP: Double?
  @Option(name: .customLong("max-tokens"), parsing: .unconditional, help: "Longest answer in tokens.")
  var maxTokens: Int?
  @Option(name: .customLong("min-tokens"), parsing: .unconditional, help: "Shortest answer in tokens.")
  var minTokens: Int?
  @Option(parsing: .unconditional, help: "Answers a line, 1 to 16384.")
  var n: Int?
  @Option(
    name: .customLong("best-of"), parsing: .unconditional,
    help: "Answers to generate, of which the n likeliest are given; the number of beams.")
  var bestOf: Int?
  @Flag(
    name: .customLong("use-beam-search"), inversion: .prefixedNo,
    help: "Search the likeliest answers with best-of (or n) beams; needs --temperature 0.")
  var useBeamSearch: Bool?
  @Option(
    name: .customLong("length-penalty"), parsing: .unconditional,
    help: "Exponent of the length that divides a beam's score; above 0 favours long answers.")
  var lengthPenalty: Double?
  @Option(name: .customLong("early-stopping"), help: "When a beam search ends: true, false or never.")
  var earlyStopping: EarlyStoppingArgument?
  @Option(parsing: .unconditional, help: "The run's seed, for lines without one of their own.")
  var seed: Int64 = 0
  @Option(name: .customLong("presence-penalty"), parsing: .unconditional, help: "[-2, 2], 0 is off.")
  var presencePenalty: Double?
  @Option(name: .customLong("frequency-penalty"), parsing: .unconditional, help: "[-2, 2], 0 is off.")
  var frequencyPenalty: Double?
  @Option(name: .customLong("repetition-penalty"), parsing: .unconditional, help: "Above 0, 1 is off.")
  var repetitionPenalty: Double?
  @Option(parsing: .unconditionalSingleValue, help: "A text that ends an answer; may be given again.")
  var stop: [String] = []
  @Option(
    name: .customLong("stop-token-ids"), parsing: .unconditionalSingleValue,
    help: "Token ids that end an answer, with commas; may be given again.")
  var stopTokenIDs: [String] = []
  @Flag(name: .customLong("ignore-eos"), inversion: .prefixedNo, help: "Go on past the end-of-text token.")
  var ignoreEOS: Bool?
  @Flag(
    name: .customLong("skip-special-tokens"), inversion: .prefixedNo,
    help: "Leave control tokens out of the text.")
  var skipSpecialTokens: Bool?
  @Flag(
    name: .customLong("include-stop-str-in-output"), inversion: .prefixedNo,
    help: "Keep the stop string in the text.")
  var includeStopString: Bool?

  @Option(
    name: .customLong("bad-words"), parsing: .unconditionalSingleValue,
    help: "A text that answers may not hold; may be given again.")
  var badWords: [String] = []
  @Option(
    name: .customLong("logit-bias"), parsing: .unconditionalSingleValue,
    help: "ID:BIAS, with commas, added to the logits of these tokens; may be given again.")
  var logitBias: [String] = []
  @Option(
    name: .customLong("allowed-token-ids"), parsing: .unconditionalSingleValue,
    help: "The only token ids of answers, with commas; may be given again.")
  var allowedTokenIDs: [String] = []
  @Option(
    parsing: .unconditional,
    help: "Report this many likeliest tokens at each position, 0 to 20, or -1 for all.")
  var logprobs: Int?
  @Option(
    name: .customLong("prompt-logprobs"), parsing: .unconditional,
    help: "The same for the prompt's positions.")
  var promptLogprobs: Int?
  @Flag(inversion: .prefixedNo, help: "Give answers a text.")
  var detokenize: Bool?
  @Flag(
    name: .customLong("spaces-between-special-tokens"), inversion: .prefixedNo,
    help: "Set control tokens of the text apart; no effect with byte-level tokenizers.")
  var spacesBetweenSpecialTokens: Bool?
  @Option(
    name: .customLong("truncate-prompt-tokens"), parsing: .unconditional,
    help: "Keep this many tokens at a prompt's end.")
  var truncatePromptTokens: Int?

  /// The options as defaults, every value checked.
  func defaults() throws -> SamplingDefaults {
    var defaults = SamplingDefaults()
    defaults.temperature = temperature
    defaults.topP = topP
    defaults.topK = topK
    defaults.minP = minP
    defaults.presencePenalty = presencePenalty
    defaults.frequencyPenalty = frequencyPenalty
    defaults.repetitionPenalty = repetitionPenalty
    defaults.stop = stop.isEmpty ? nil : stop
    defaults.stopTokenIDs =
      stopTokenIDs.isEmpty ? nil : try TokenIDList.parse(stopTokenIDs, option: "--stop-token-ids")
    defaults.badWords = badWords.isEmpty ? nil : badWords
    defaults.logitBias = logitBias.isEmpty ? nil : try TokenIDList.parseBiases(logitBias)
    defaults.allowedTokenIDs =
      allowedTokenIDs.isEmpty ? nil : try TokenIDList.parse(allowedTokenIDs, option: "--allowed-token-ids")
    defaults.logprobs = logprobs
    defaults.promptLogprobs = promptLogprobs
    defaults.detokenize = detokenize
    defaults.spacesBetweenSpecialTokens = spacesBetweenSpecialTokens
    defaults.truncatePromptTokens = truncatePromptTokens
    defaults.ignoreEOS = ignoreEOS
    defaults.skipSpecialTokens = skipSpecialTokens
    defaults.includeStopStringInOutput = includeStopString
    defaults.n = n
    defaults.bestOf = bestOf
    defaults.useBeamSearch = useBeamSearch
    defaults.lengthPenalty = lengthPenalty
    defaults.earlyStopping = earlyStopping?.value
    defaults.minTokens = minTokens
    defaults.maxTokens = maxTokens
    let params = defaults.samplingParams()
    do throws(RequestError) {
      try params.validate()
      try params.checkSupported()
    } catch {
      throw CommandError(.usage, error.message(in: CommandLineDialect()))
    }
    return defaults
  }
}
