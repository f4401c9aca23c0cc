import QuireRequests

/// Texts that a request scores behind its prompt, in place of an answer.
package struct ScoringPlan: Sendable {
  /// Number of tokens before the texts, at least 1.
  package let contextTokenCount: Int
  /// The tokens of each text, at least one.
  package let continuations: [[Int32]]
  /// Bytes of each text.
  package let byteCounts: [Int]
  /// What has to be computed.
  let tree: ScoreTree

  /// A plan; each argument is the field of its name.
  init(contextTokenCount: Int, continuations: [[Int32]], byteCounts: [Int]) {
    self.contextTokenCount = contextTokenCount
    self.continuations = continuations
    self.byteCounts = byteCounts
    tree = ScoreTree(continuations)
  }

  /// The context with what all texts begin with, as far as all of it is computed before any of them parts.
  func promptTokenIDs(_ context: [Int32]) -> [Int32] { context + tree.trunk.map(tree.token(of:)) }

  /// One more than the tokens that the sequence has at a time behind its prompt.
  var outputTokenLimit: Int { tree.greatestLegCount + 1 }

  /// Tokens that are computed behind the prompt.
  package var branchTokenCount: Int { tree.legs.reduce(0) { $0 + $1.nodes.count } }

  /// Tokens of all texts together.
  package var tokenCount: Int { continuations.reduce(0) { $0 + $1.count } }
}
