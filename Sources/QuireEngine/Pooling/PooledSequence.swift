import QuireModels
import QuireRequests
import QuireSampling
import QuireScheduling
import QuireTokenizers

/// A text on its way whose hidden states are pooled: it ends when all of it has been computed.
final class PooledSequence: EngineSequence {
  let request: PreparedRequest
  var promptScoring: PromptScoring?

  private let pooling: Pooling
  /// The sum of the hidden states so far, `[hidden size]`; empty before the first.
  private var sum: [Double] = []
  /// Tokens whose hidden states have been taken, or are not wanted: a preemption keeps them.
  private var takenCount = 0
  private var result: [Float] = []

  /// A text of which nothing is computed.
  init(_ request: PreparedRequest, _ pooling: Pooling) {
    self.request = request
    self.pooling = pooling
  }

  func tokenIDs(_ places: Range<Int>, beam: Int) -> ArraySlice<Int32> { request.promptTokenIDs[places] }

  func openTokens(draftCount: Int) -> [ModelBatch.OpenTokens?] {
    guard case .tokens(let positive, let negative, _) = pooling else { return [] }
    return [ModelBatch.OpenTokens([positive] + (negative.map { [$0] } ?? []))]
  }

  func hiddenPlaces(in computed: Range<Int>) -> Range<Int>? {
    let count = request.promptTokenIDs.count
    let wanted: Range<Int>
    switch pooling.place {
    case .last: wanted = count - 1..<count
    case .first: wanted = 0..<1
    case .mean: wanted = 0..<count
    case nil: return nil
    }
    let lower = max(wanted.lowerBound, computed.lowerBound, takenCount)
    let upper = min(wanted.upperBound, computed.upperBound)
    return lower < upper ? lower..<upper : computed.lowerBound..<computed.lowerBound
  }

  func takeHiddenState(_ state: UnsafeBufferPointer<Float>, at place: Int) {
    if sum.isEmpty { sum = Array(repeating: 0, count: state.count) }
    sum.withUnsafeMutableBufferPointer { sum in
      for index in sum.indices { sum[index] += Double(state[index]) }
    }
    takenCount = place + 1
  }

  func draw(
    from logits: UnsafeMutableBufferPointer<Float>, _ entry: ScheduledSequence, _ sampler: ThreadSampler
  ) -> Result<RowDraw, SamplingError> {
    guard case .tokens(let positive, let negative, let activation) = pooling else {
      preconditionFailure("hidden states are wanted, and no logits")
    }
    result = Pooling.score(
      positive: logits[Int(positive)], negative: negative.map { logits[Int($0)] } ?? 0, activation)
    return .success(.pooled)
  }

  func advance(
    _ row: RowDraw, _ others: [RowDraw], _ entry: ScheduledSequence, _ tokenizer: Tokenizer,
    into change: inout SequenceAdvance
  ) {
    switch pooling {
    case .tokens: break
    case .vector(.mean, _, _):
      let count = Double(request.promptTokenIDs.count)
      result = pooling.result(sum.map { $0 / count })
    case .vector, .classifier: result = pooling.result(sum)
    }
    guard result.allSatisfy(\.isFinite) else {
      change.failure = .invalidLogits
      return
    }
    // The scheduler is told of a token, which nobody reads.
    change.sampled.append(SampledResult(sequenceID: entry.sequenceID, tokenID: 0, isFinished: true))
    change.ended.append(
      EndedSequence(id: entry.sequenceID, answers: [], promptLogprobs: nil, pooled: result))
  }
}
