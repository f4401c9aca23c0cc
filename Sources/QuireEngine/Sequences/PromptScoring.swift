import QuireRequests
import QuireSampling
import QuireTokenizers

/// The log-probabilities of a prompt, as chunk after chunk of it is computed: a preemption keeps them.
final class PromptScoring: RowScoring {
  let count: Int
  /// One element a prompt token so far; nil for the first.
  private(set) var positions: [PositionLogprobs?] = [nil]
  private(set) var failure: SamplingError?

  private let promptTokenIDs: [Int32]
  private let hasText: Bool

  /// Nil where the request does not ask for them.
  init?(_ request: PreparedRequest) {
    guard let count = request.params.promptLogprobs else { return nil }
    self.count = count
    promptTokenIDs = request.promptTokenIDs
    hasText = request.params.detokenize
  }

  /// Those with a prompt token after them.
  func places(in computed: Range<Int>) -> Range<Int> {
    let lower = max(computed.lowerBound, positions.count - 1)
    let upper = min(computed.upperBound, promptTokenIDs.count - 1)
    return failure != nil || lower >= upper ? computed.lowerBound..<computed.lowerBound : lower..<upper
  }

  func tokens(at place: Int) -> [Int32] { [promptTokenIDs[place]] }

  func append(_ scores: Result<[PositionLogprobs], SamplingError>, tokenizer: Tokenizer) {
    switch scores {
    case .success(let found): positions.append(hasText ? found[0].withText(tokenizer) : found[0])
    case .failure(let error): failure = error
    }
  }
}
