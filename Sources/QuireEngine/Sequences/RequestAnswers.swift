import QuireRequests
import QuireScheduling

/// One request on its way: what its sequences have come to.
final class RequestAnswers {
  /// The sequences that the request has or will have.
  let sequenceIDs: Range<SequenceID>
  /// Whether its owner is told of tokens as they come.
  let reportsUpdates: Bool

  private let request: PreparedRequest
  private var answers: [CompletionOutput] = []
  private var endedSequenceCount = 0
  private var promptLogprobs: [PositionLogprobs?]?

  /// A request whose first sequence is `firstSequenceID`.
  init(_ request: PreparedRequest, firstSequenceID: SequenceID, reportsUpdates: Bool) {
    self.request = request
    self.reportsUpdates = reportsUpdates
    sequenceIDs = firstSequenceID..<firstSequenceID + SequenceID(request.params.sampleCount)
  }

  /// Takes what a sequence leaves; the whole output where it was the last.
  func take(_ ended: EndedSequence) -> RequestOutput? {
    answers = answers.isEmpty ? ended.answers : answers + ended.answers
    endedSequenceCount += 1
    promptLogprobs = ended.promptLogprobs ?? promptLogprobs
    guard endedSequenceCount == sequenceIDs.count else { return nil }
    return RequestOutput(
      promptTokenIDs: request.contextTokenIDs, outputs: ranked, promptLogprobs: promptLogprobs,
      history: request.history, scores: ended.scores, pooled: ended.pooled)
  }

  /// The answers in order of index; with `bestOf` the `n` most likely ones, the most likely first.
  private var ranked: [CompletionOutput] {
    guard answers.count > 1 else { return answers }
    var answers = answers.sorted { $0.index < $1.index }
    if request.params.ranksSamples {
      answers.sort { ($1.cumulativeLogprob ?? 0, $0.index) < ($0.cumulativeLogprob ?? 0, $1.index) }
      answers.removeLast(answers.count - request.params.n)
      for index in answers.indices { answers[index].index = index }
    }
    return answers
  }
}
