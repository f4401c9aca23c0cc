import QuireRequests

/// The options of the benchmarks, which no model has.
extension OptionName {
  static let numRequests = OptionName(rawValue: "num_requests")
  static let promptTokens = OptionName(rawValue: "prompt_tokens")
  static let outputTokens = OptionName(rawValue: "output_tokens")
  static let sharedPrefixTokens = OptionName(rawValue: "shared_prefix_tokens")
  static let numItersWarmup = OptionName(rawValue: "num_iters_warmup")
  static let shape = OptionName(rawValue: "shape")
}
