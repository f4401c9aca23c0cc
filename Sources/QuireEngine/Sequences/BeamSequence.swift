import QuireRequests
import QuireSampling
import QuireScheduling
import QuireTokenizers

/// One beam search on its way.
final class BeamSequence: EngineSequence {
  let request: PreparedRequest
  var scoring: (any RowScoring)? { promptScoring }

  /// The log-probabilities of the prompt, where the request asks for them.
  private let promptScoring: PromptScoring?
  private var search: BeamSearch
  private let tokenizer: Tokenizer
  /// The text of each beam, where stop strings are to be found in it; else empty.
  private var texts: [AnswerText] = []

  /// A search without output.
  init(_ request: PreparedRequest, tokenizer: Tokenizer) {
    self.request = request
    self.tokenizer = tokenizer
    promptScoring = PromptScoring(request)
    search = BeamSearch(
      params: request.params, state: request.makeSamplingState(), stopChecker: request.stopChecker)
    if !request.params.stop.isEmpty { texts = [emptyText] }
  }

  private var emptyText: AnswerText { AnswerText(request, tokenizer: tokenizer) }

  func tokenIDs(_ places: Range<Int>, beam: Int) -> ArraySlice<Int32> {
    let prompt = request.promptTokenIDs
    if places.upperBound <= prompt.count { return prompt[places] }
    let output = search.beams[beam].tokenIDs
    if places.lowerBound >= prompt.count {
      return output[places.lowerBound - prompt.count..<places.upperBound - prompt.count]
    }
    return (prompt[places.lowerBound...] + output[..<(places.upperBound - prompt.count)])[...]
  }

  func draw(
    from logits: UnsafeMutableBufferPointer<Float>, _ entry: ScheduledSequence, _ sampler: ThreadSampler
  ) -> Result<RowDraw, SamplingError> {
    sampler.beamCandidates(logits, search.beams[entry.beam].state, count: search.candidateCount)
      .map { .candidates($0) }
  }

  func advance(
    _ row: RowDraw, _ others: [RowDraw], _ entry: ScheduledSequence, _ tokenizer: Tokenizer,
    into change: inout SequenceAdvance
  ) {
    let candidates = ([row] + others).map { row in
      guard case .candidates(let candidates) = row else { preconditionFailure("a beam draws candidates") }
      return candidates
    }
    let parents = advance(candidates)
    change.choices = search.lastChoices
    change.beams = BeamResult(sequenceID: entry.sequenceID, parents: parents)
    change.outputTokenCount = max(1, parents.count)
    if parents.isEmpty {
      change.ended = [
        EndedSequence(id: entry.sequenceID, answers: outputs, promptLogprobs: promptScoring?.positions)
      ]
    }
  }

  /// Where the search stands, for a scheduler that has not seen its steps; it must not be over.
  var place: ResumedSequence {
    ResumedSequence(beamCount: search.beams.count, outputTokenCount: search.outputTokenCount)
  }

  /// Takes what a step of an earlier engine took; false where that cannot be this search's, or ends it.
  ///
  /// - Parameter choices: of tokens of the vocabulary.
  func replay(_ choices: [BeamChoice], _ change: inout SequenceAdvance) -> Bool {
    var candidates = [[BeamCandidate]](repeating: [], count: search.beams.count)
    for choice in choices {
      guard search.beams.indices.contains(choice.beam),
        search.beams[choice.beam].state.admits(choice.tokenID)
      else { return false }
      candidates[choice.beam].append(choice.candidate)
    }
    let parents = advance(candidates)
    change.outputTokenCount += parents.count
    return !parents.isEmpty
  }

  /// Takes the most likely next tokens of each beam.
  ///
  /// - Returns: for each beam that goes on, the one that it continues; empty when the search is over.
  private func advance(_ candidates: [[BeamCandidate]]) -> [Int] {
    let count = search.outputTokenCount + 1
    let stopChecker = request.stopChecker
    let parents = search.advance(candidates) { [texts, beams = search.beams] beam, token in
      let decision: StopDecision?
      if texts.isEmpty {
        decision = stopChecker.decision(appending: token, outputTokenCount: count)
      } else {
        var text = texts[beam]
        decision = text.append(token, outputTokenCount: count)
      }
      return decision ?? (beams[beam].state.isComplete(appending: token) ? .complete : nil)
    }
    if !texts.isEmpty {
      texts = zip(parents, search.beams).map { parent, beam in
        var text = texts[parent]
        _ = text.append(beam.tokenIDs[count - 1], outputTokenCount: count)
        return text
      }
    }
    return parents
  }

  private func logprobs(of found: BeamSearch.Hypothesis) -> [PositionLogprobs]? {
    guard request.params.logprobs != nil else { return nil }
    return request.params.detokenize ? found.logprobs.map { $0.withText(tokenizer) } : found.logprobs
  }

  /// The texts that the search found, the best first.
  private var outputs: [CompletionOutput] {
    search.hypotheses.prefix(request.params.n).enumerated().map { index, found in
      var text = emptyText
      for (place, token) in found.tokenIDs.enumerated() {
        _ = text.append(token, outputTokenCount: place + 1)
      }
      let (said, thought) = text.parts
      return CompletionOutput(
        index: index, text: said, reasoning: thought, tokenIDs: found.tokenIDs,
        finishReason: found.end.finishReason,
        stopReason: found.end.stopReason, cumulativeLogprob: found.cumulativeLogprob,
        unforcedLogprob: found.unforcedLogprob,
        logprobs: logprobs(of: found))
    }
  }
}
