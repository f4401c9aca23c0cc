import QuireRequests
import QuireSampling
import QuireTokenizers

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
  init?(_ request: PreparedRequest) {
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
  mutating func append(_ score: Result<PositionLogprobs, SamplingError>, tokenizer: Tokenizer) {
    switch score {
    case .success(let entries): positions.append(hasText ? entries.withText(tokenizer) : entries)
    case .failure(let error): failure = error
    }
  }
}
