/// How likely a model finds one text behind another.
///
/// Logarithms are natural ones, of probabilities under the model's own logits: no parameter of sampling changes them.
public struct ContinuationScore: Sendable, Equatable {
  /// The tokens that were scored: at least one.
  public var tokenIDs: [Int32]
  /// For each of ``tokenIDs`` the logarithm of its probability behind all that stands before it: at most 0, minus infinity
  /// for a token that the model excludes.
  public var tokenLogprobs: [Float]
  /// Whether each of the tokens is the most likely one in its place: what temperature 0 would write. Of equally likely
  /// tokens the lowest id counts as the most likely.
  public var isGreedy: Bool
  /// Bytes of the text in UTF-8; 0 where only its tokens were given.
  public var byteCount: Int
  /// One element for each of ``tokenIDs``, where the request asks for `logprobs`.
  public var logprobs: [PositionLogprobs]?

  /// A score; each argument is the field of its name.
  public init(
    tokenIDs: [Int32], tokenLogprobs: [Float], isGreedy: Bool, byteCount: Int,
    logprobs: [PositionLogprobs]? = nil
  ) {
    self.tokenIDs = tokenIDs
    self.tokenLogprobs = tokenLogprobs
    self.isGreedy = isGreedy
    self.byteCount = byteCount
    self.logprobs = logprobs
  }

  /// The logarithm of the whole text's probability: the sum over its tokens.
  public var logprob: Double { tokenLogprobs.reduce(0) { $0 + Double($1) } }

  /// The mean of the tokens' logarithms.
  public var logprobPerToken: Double { logprob / Double(tokenLogprobs.count) }

  /// ``logprob`` divided by the bytes of the text, so that texts of other lengths and vocabularies compare; nil where
  /// ``byteCount`` is 0.
  public var logprobPerByte: Double? { byteCount > 0 ? logprob / Double(byteCount) : nil }

  /// The bits that a perfect code of this model spends on a byte of the text; nil where ``byteCount`` is 0.
  public var bitsPerByte: Double? { logprobPerByte.map { -$0 / 0.693_147_180_559_945_3 } }

  /// e to the power of minus ``logprobPerToken``: 1 or more, infinity where the model excludes the text.
  public var perplexity: Double { Exponential.of(-logprobPerToken) }

  /// The share of each score's probability in the sum over all: how likely each text is where it has to be one of them. A text
  /// that stands there twice counts twice. Nil where the model excludes all of them.
  public static func probabilities(of scores: [ContinuationScore]) -> [Double]? {
    let logprobs = scores.map(\.logprob)
    guard let greatest = logprobs.max(), greatest > -.infinity else { return nil }
    let weights = logprobs.map { Exponential.of($0 - greatest) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  /// The scores of the parts of one text, in their order, as the score of the whole.
  public static func joined(_ parts: [ContinuationScore]) -> ContinuationScore {
    ContinuationScore(
      tokenIDs: parts.flatMap(\.tokenIDs), tokenLogprobs: parts.flatMap(\.tokenLogprobs),
      isGreedy: parts.allSatisfy(\.isGreedy), byteCount: parts.reduce(0) { $0 + $1.byteCount },
      logprobs: parts.contains { $0.logprobs == nil } ? nil : parts.flatMap { $0.logprobs ?? [] })
  }
}
