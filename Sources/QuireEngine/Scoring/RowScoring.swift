import QuireRequests
import QuireSampling
import QuireTokenizers

/// What scores tokens that stand, or may stand, behind places of a sequence, by the logits of these places.
protocol RowScoring: AnyObject {
  /// Number of most likely tokens at each place, −1 for all.
  var count: Int { get }
  /// Why a place could not be scored; nothing is drawn after that.
  var failure: SamplingError? { get }
  /// Which of the places that a step computes it has to score: those that it has not scored before.
  func places(in computed: Range<Int>) -> Range<Int>
  /// The tokens that are scored at a place, by the logits of the one before: the one that stands there, or all that may.
  func tokens(at place: Int) -> [Int32]
  /// Takes the scores of the next place, one for each of its tokens.
  func append(_ scores: Result<[PositionLogprobs], SamplingError>, tokenizer: Tokenizer)
}
