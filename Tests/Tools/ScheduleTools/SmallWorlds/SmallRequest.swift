/// One request of a small world.
package struct SmallRequest: Sendable, Hashable {
  /// How a request is answered.
  package enum Kind: Sendable, Hashable {
    /// Independent answers, at least 1; answer i ends i tokens early, but not before its first token.
    case samples(Int)
    /// A beam search; in step i beam j goes on from beam `parents[i][j]`, and the list begins anew where it is too short.
    /// No entry is empty.
    case beams(Int, parents: [[Int]])
  }

  /// Tokens of the prompt, at least 1. All prompts begin with the same tokens.
  package let promptTokenCount: Int
  /// Tokens of the longest answer, at least 1.
  package let outputTokenCount: Int
  /// How it is answered.
  package let kind: Kind
  /// The step before which it arrives, from 0.
  package let arrivalStep: Int

  /// A request; each argument is the field of its name.
  package init(promptTokenCount: Int, outputTokenCount: Int, kind: Kind = .samples(1), arrivalStep: Int = 0) {
    self.promptTokenCount = promptTokenCount
    self.outputTokenCount = outputTokenCount
    self.kind = kind
    self.arrivalStep = arrivalStep
  }

  /// The same request at another time.
  package func arriving(atStep step: Int) -> SmallRequest {
    SmallRequest(
      promptTokenCount: promptTokenCount, outputTokenCount: outputTokenCount, kind: kind, arrivalStep: step)
  }

  var sampleCount: Int { if case .samples(let count) = kind { count } else { 1 } }

  var beamWidth: Int { if case .beams(let width, _) = kind { width } else { 1 } }

  func outputTokenCount(ofSample index: Int) -> Int { max(1, outputTokenCount - index) }
}
