import QuireRequests
import QuireSampling
import QuireTokenizers

/// The scores of the nodes of a tree, as way after way through it is computed: a preemption keeps them.
final class TreeScoring: RowScoring {
  let count: Int
  private(set) var failure: SamplingError?
  /// The way that is computed: the root and the nodes below it.
  private(set) var path: [Int]

  private let plan: ScoringPlan
  /// What a line reports of each token; nil for nothing.
  private let reportedCount: Int?
  private let hasText: Bool
  /// The entries of each node, the most likely token of its place among them; empty until its parent is computed.
  private var entries: [PositionLogprobs]
  /// Number of nodes of ``path``, from the root, whose children have their entries.
  private var scoredCount = 0
  private var nextLeg = 0

  init(_ plan: ScoringPlan, _ params: SamplingParams) {
    self.plan = plan
    reportedCount = params.logprobs
    hasText = params.detokenize
    // Whether a token is the most likely one shows where that one is reported.
    count = params.logprobs == -1 ? -1 : max(1, params.logprobs ?? 0)
    path = [0] + plan.tree.trunk
    entries = Array(repeating: [], count: plan.tree.nodeCount)
  }

  /// The tokens that may follow the end of the way.
  var tokensBehindPath: [Int32] { tokens(below: path[path.count - 1]) }

  private func tokens(below node: Int) -> [Int32] { plan.tree.children(of: node).map(plan.tree.token(of:)) }

  /// The last token's row is drawn from, and its scores come with that.
  func places(in computed: Range<Int>) -> Range<Int> {
    let first = plan.contextTokenCount - 1
    let lower = max(computed.lowerBound, first + scoredCount)
    let upper = min(computed.upperBound, first + path.count - 1)
    return failure != nil || lower >= upper ? computed.lowerBound..<computed.lowerBound : lower..<upper
  }

  func tokens(at place: Int) -> [Int32] { tokens(below: path[place - plan.contextTokenCount]) }

  func append(_ scores: Result<[PositionLogprobs], SamplingError>, tokenizer: Tokenizer) {
    switch scores {
    case .success(let positions):
      for (child, position) in zip(plan.tree.children(of: path[scoredCount]), positions) {
        entries[child] = hasText && reportedCount != nil ? position.withText(tokenizer) : position
      }
      scoredCount += 1
    case .failure(let error): failure = error
    }
  }

  /// Goes on with the next way, once all of ``path`` is scored; nil where there is none.
  func turn() -> ScoreTree.Leg? {
    guard nextLeg < plan.tree.legs.count else { return nil }
    let leg = plan.tree.legs[nextLeg]
    nextLeg += 1
    scoredCount = 1 + plan.tree.trunk.count + leg.keptCount
    path.removeLast(path.count - scoredCount)
    path += leg.nodes
    return leg
  }

  /// The scores of all texts, in their order, once there is no way left.
  var scores: [ContinuationScore] {
    plan.continuations.indices.map { index in
      let positions = plan.tree.path(ofSequence: index).map { entries[$0] }
      return ContinuationScore(
        tokenIDs: plan.continuations[index], tokenLogprobs: positions.map { $0[0].logprob },
        isGreedy: positions.allSatisfy(\.beginsWithLikeliest), byteCount: plan.byteCounts[index],
        logprobs: reportedCount.map { count in
          count == 0 ? positions.map { [$0[0]] } : positions
        })
    }
  }
}

extension PositionLogprobs {
  /// Whether the token of the position is the most likely one, of equally likely ones the first.
  fileprivate var beginsWithLikeliest: Bool {
    dropFirst().allSatisfy { other in
      other.rank > self[0].rank || other.rank == self[0].rank && other.tokenID > self[0].tokenID
    }
  }
}
