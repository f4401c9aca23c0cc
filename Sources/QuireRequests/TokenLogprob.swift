/// How likely one token was at one position.
public struct TokenLogprob: Sendable, Equatable {
  /// The id of the token.
  public var tokenID: Int32
  /// The natural logarithm of its probability under the model's own logits, before penalties, masks and temperature:
  /// at most 0, minus infinity for a token that the model excludes.
  public var logprob: Float
  /// How many tokens are at least as likely, itself included: from 1.
  public var rank: Int
  /// The token decoded alone, parts of characters as U+FFFD; nil without `detokenize`.
  public var text: String?

  /// An entry; each argument is the field of its name.
  public init(tokenID: Int32, logprob: Float, rank: Int, text: String? = nil) {
    self.tokenID = tokenID
    self.logprob = logprob
    self.rank = rank
    self.text = text
  }
}

/// What is known of one position: first the token that stands there, then the most likely ones by rank, without it.
///
/// With `logprobs` N that is N + 1 entries, or N where the token is among the N most likely.
public typealias PositionLogprobs = [TokenLogprob]
