import QuireRequests
import QuireSampling
import QuireStructuredOutput
import QuireTokenizers

/// One beam search on its way.
final class BeamSequence {
  let request: GenerationRequest
  /// The log-probabilities of the prompt, where the request asks for them.
  var promptScoring: PromptScoring?
  private(set) var search: BeamSearch

  private let stopChecker: StopChecker
  private let tokenizer: Tokenizer
  /// The text of each beam, where stop strings are to be found in it; else empty.
  private var texts: [AnswerText] = []

  /// A search without output.
  init(
    request: GenerationRequest, outputTokenLimit: Int, constraint: CompiledConstraint?, tokenizer: Tokenizer
  ) {
    let params = request.params
    self.request = request
    self.tokenizer = tokenizer
    stopChecker = StopChecker(
      params: params, eosTokenIDs: request.eosTokenIDs, outputTokenLimit: outputTokenLimit)
    promptScoring = PromptScoring(request)
    search = BeamSearch(
      params: params,
      state: SamplingState(
        request: request, stopChecker: stopChecker,
        badWords: BadWords.tokenSequences(params.badWords, tokenizer: tokenizer), constraint: constraint),
      stopChecker: stopChecker)
    if !params.stop.isEmpty { texts = [emptyText] }
  }

  private var emptyText: AnswerText {
    AnswerText(params: request.params, stopChecker: stopChecker, tokenizer: tokenizer)
  }

  /// The tokens at some places of prompt and output of one beam.
  func tokenIDs(_ places: Range<Int>, beam: Int) -> ArraySlice<Int32> {
    let prompt = request.promptTokenIDs
    if places.upperBound <= prompt.count { return prompt[places] }
    let output = search.beams[beam].tokenIDs
    if places.lowerBound >= prompt.count {
      return output[places.lowerBound - prompt.count..<places.upperBound - prompt.count]
    }
    return (prompt[places.lowerBound...] + output[..<(places.upperBound - prompt.count)])[...]
  }

  /// Takes the most likely next tokens of each beam.
  ///
  /// - Returns: for each beam that goes on, the one that it continues; empty when the search is over.
  func advance(_ candidates: [[BeamCandidate]]) -> [Int] {
    let count = search.outputTokenCount + 1
    let parents = search.advance(candidates) { [stopChecker, texts, beams = search.beams] beam, token in
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
  var outputs: [CompletionOutput] {
    search.hypotheses.prefix(request.params.n).enumerated().map { index, found in
      var text = emptyText
      for (place, token) in found.tokenIDs.enumerated() {
        _ = text.append(token, outputTokenCount: place + 1)
      }
      return CompletionOutput(
        index: index, text: text.text, tokenIDs: found.tokenIDs, finishReason: found.end.finishReason,
        stopReason: found.end.stopReason, cumulativeLogprob: found.cumulativeLogprob,
        logprobs: logprobs(of: found))
    }
  }
}
