import QuireRequests
import QuireScheduling

/// One request on its way: what its samples have come to.
struct RequestAnswers {
  let request: GenerationRequest
  /// The sequences that the request has or will have.
  let sequenceIDs: Range<SequenceID>

  private var finished: [CompletionOutput] = []
  private var promptLogprobs: [PositionLogprobs?]?

  /// A request whose first sequence is `firstSequenceID`.
  init(request: GenerationRequest, firstSequenceID: SequenceID) {
    self.request = request
    sequenceIDs = firstSequenceID..<firstSequenceID + SequenceID(request.params.sampleCount)
  }

  /// Takes the answer of one sample; true when it is the last.
  mutating func take(_ answer: CompletionOutput, of sequence: SampleSequence) -> Bool {
    finished.append(answer)
    if sequence.sampleIndex == 0 { promptLogprobs = sequence.promptScoring?.positions }
    return finished.count == sequenceIDs.count
  }

  /// Takes the answers of a beam search.
  mutating func take(_ search: BeamSequence) {
    finished = search.outputs
    promptLogprobs = search.promptScoring?.positions
  }

  /// The answers in order of index; with `bestOf` the `n` most likely ones, the most likely first.
  var output: RequestOutput {
    var answers = finished.sorted { $0.index < $1.index }
    if request.params.ranksSamples {
      answers.sort { ($1.cumulativeLogprob ?? 0, $0.index) < ($0.cumulativeLogprob ?? 0, $1.index) }
      answers.removeLast(answers.count - request.params.n)
      for index in answers.indices { answers[index].index = index }
    }
    return RequestOutput(
      requestID: request.id, promptTokenIDs: request.promptTokenIDs, outputs: answers,
      promptLogprobs: promptLogprobs, isFinished: true)
  }
}
