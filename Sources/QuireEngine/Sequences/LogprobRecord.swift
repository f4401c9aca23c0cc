import QuireRequests
import QuireSampling
import QuireTokenizers

/// The log-probabilities that an answer reports.
struct LogprobRecord {
  /// One element an output token; nil where the request asks for the sum alone, or for nothing.
  private(set) var positions: [PositionLogprobs]?
  /// The sum over the output tokens; nil where the request does not ask for it.
  private(set) var cumulative: Double?
  /// The same without the tokens that were forced.
  private(set) var unforced: Double?

  private let hasText: Bool

  init(_ params: SamplingParams) {
    positions = params.logprobs == nil ? nil : []
    cumulative = params.reportedLogprobs == nil ? nil : 0
    unforced = cumulative
    hasText = params.detokenize
  }

  /// Takes what a draw reports.
  ///
  /// - Parameter state: of the sampler, before the draw.
  mutating func append(_ draw: Draw, _ state: SamplingState, tokenizer: Tokenizer) {
    guard let entries = draw.logprobs, let sum = cumulative, let unforcedSum = unforced else { return }
    cumulative = sum + Double(entries[0].logprob)
    if !state.forces(draw.tokenID) { unforced = unforcedSum + Double(entries[0].logprob) }
    positions?.append(hasText ? entries.withText(tokenizer) : entries)
  }
}

extension PositionLogprobs {
  /// The entries with each token decoded alone.
  func withText(_ tokenizer: Tokenizer) -> PositionLogprobs {
    map { entry in
      var entry = entry
      entry.text = tokenizer.tokenText(entry.tokenID)
      return entry
    }
  }
}
