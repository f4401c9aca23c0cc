import QuireRequests
import QuireSampling
import QuireTokenizers

/// The log-probabilities that an answer reports.
struct LogprobRecord {
  /// One element an output token; nil where the request asks for the sum alone, or for nothing.
  private(set) var positions: [PositionLogprobs]?
  /// The sum over the output tokens; nil where the request does not ask for it.
  private(set) var cumulative: Double?

  private let hasText: Bool

  init(_ params: SamplingParams) {
    positions = params.logprobs == nil ? nil : []
    cumulative = params.reportedLogprobs == nil ? nil : 0
    hasText = params.detokenize
  }

  /// Takes what a draw reports.
  mutating func append(_ draw: Draw, tokenizer: Tokenizer) {
    guard let entries = draw.logprobs, let sum = cumulative else { return }
    cumulative = sum + Double(entries[0].logprob)
    positions?.append(hasText ? entries.withText(tokenizer) : entries)
  }
}

/// The log-probabilities of a prompt, as chunk after chunk of it is computed: a preemption keeps them.
struct PromptScoring {
  /// Number of most likely tokens at each position, −1 for all.
  let count: Int
  /// One element a prompt token so far; nil for the first.
  private(set) var positions: [PositionLogprobs?] = [nil]
  /// Why the prompt could not be scored.
  private(set) var failure: SamplingError?

  private let promptTokenCount: Int
  private let hasText: Bool

  /// Nil where the request does not ask for them.
  init?(_ request: GenerationRequest) {
    guard let count = request.params.promptLogprobs else { return nil }
    self.count = count
    promptTokenCount = request.promptTokenIDs.count
    hasText = request.params.detokenize
  }

  /// Which of the positions that a step computes it has to score: those with a prompt token after them that has not
  /// been scored before.
  func places(in computed: Range<Int>) -> Range<Int> {
    let lower = max(computed.lowerBound, positions.count - 1)
    let upper = min(computed.upperBound, promptTokenCount - 1)
    return failure != nil || lower >= upper ? computed.lowerBound..<computed.lowerBound : lower..<upper
  }

  /// Takes the scores of the next prompt token.
  mutating func append(_ result: Result<Draw, SamplingError>, tokenizer: Tokenizer) {
    switch result {
    case .success(let scored):
      let entries = scored.logprobs ?? []
      positions.append(hasText ? entries.withText(tokenizer) : entries)
    case .failure(let error): failure = error
    }
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
