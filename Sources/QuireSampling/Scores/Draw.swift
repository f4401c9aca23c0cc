package import QuireRequests

/// A token that was drawn, and how likely it and others were.
package struct Draw: Sendable, Equatable {
  /// The id of the token.
  package let tokenID: Int32
  /// Log-probabilities of this position, without text, where the sequence reports them.
  package let logprobs: PositionLogprobs?

  /// A draw; each argument is the field of its name.
  package init(tokenID: Int32, logprobs: PositionLogprobs? = nil) {
    self.tokenID = tokenID
    self.logprobs = logprobs
  }
}
