import QuireModels
import QuireRequests
import QuireSampling
import QuireScheduling
import QuireTokenizers

/// Texts behind a context on their way to their scores: one sequence, which computes the context once and then goes
/// through the tree of the texts' tokens, back to where they part.
final class ScoreSequence: EngineSequence {
  let request: PreparedRequest

  private let scores: TreeScoring
  private let promptTokenCount: Int
  private let tree: ScoreTree
  /// The prompt, and the tokens of the way behind it.
  private var tokenIDs: [Int32]

  /// Nothing is computed yet.
  init(_ request: PreparedRequest, _ plan: ScoringPlan) {
    self.request = request
    scores = TreeScoring(plan, request.params)
    tree = plan.tree
    promptTokenCount = request.promptTokenIDs.count
    tokenIDs = request.promptTokenIDs
  }

  var scoring: (any RowScoring)? { scores }

  func tokenIDs(_ places: Range<Int>, beam: Int) -> ArraySlice<Int32> { tokenIDs[places] }

  /// Scores what may follow the last token of the way.
  func draw(
    from logits: UnsafeMutableBufferPointer<Float>, _ entry: ScheduledSequence, _ sampler: ThreadSampler
  ) -> Result<RowDraw, SamplingError> {
    sampler.scores(logits, tokens: scores.tokensBehindPath, count: scores.count).map { .scores($0) }
  }

  func advance(
    _ row: RowDraw, _ others: [RowDraw], _ entry: ScheduledSequence, _ tokenizer: Tokenizer,
    into change: inout SequenceAdvance
  ) {
    guard case .scores(let positions) = row else {
      preconditionFailure("a text is scored, and nothing drawn")
    }
    scores.append(.success(positions), tokenizer: tokenizer)
    let id = entry.sequenceID
    guard let leg = scores.turn() else {
      change.turn = TurnResult(sequenceID: id, keptTokenCount: 0, addedTokenCount: 0)
      change.ended = [EndedSequence(id: id, answers: [], promptLogprobs: nil, scores: scores.scores)]
      return
    }
    tokenIDs.removeLast(tokenIDs.count - promptTokenCount - leg.keptCount)
    tokenIDs += leg.nodes.map(tree.token(of:))
    change.turn = TurnResult(
      sequenceID: id, keptTokenCount: leg.keptCount, addedTokenCount: leg.nodes.count)
  }
}
