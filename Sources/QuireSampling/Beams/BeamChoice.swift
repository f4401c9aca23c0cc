package import QuireRequests

/// A continuation of a beam that a step of a search took, as one that goes on or as a text that has ended.
///
/// The choices of a step stand for all its candidates: a search that is given them alone, step after step, comes to the
/// same beams and texts.
package struct BeamChoice: Sendable, Equatable {
  /// Which of the beams it continues, from 0.
  package let beam: Int
  /// The token that it appends.
  package let tokenID: Int32
  /// The token's log-probability, after what the request excludes, favours and punishes; finite.
  package let logprob: Float
  /// What the answer reports of the position, without text; nil where the request does not ask.
  package let logprobs: PositionLogprobs?

  /// A choice; each argument is the field of its name.
  package init(beam: Int, tokenID: Int32, logprob: Float, logprobs: PositionLogprobs?) {
    self.beam = beam
    self.tokenID = tokenID
    self.logprob = logprob
    self.logprobs = logprobs
  }

  /// The candidate that it was.
  package var candidate: BeamCandidate {
    BeamCandidate(
      tokenID: tokenID, logprob: logprob, reported: logprobs?.first,
      likeliest: logprobs.map { Array($0.dropFirst()) } ?? [])
  }
}
