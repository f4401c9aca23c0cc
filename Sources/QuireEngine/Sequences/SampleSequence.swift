import QuireRequests
import QuireSampling
import QuireStructuredOutput
import QuireTokenizers

/// One sample on its way: its tokens, its text so far, and what its sampler must remember.
final class SampleSequence {
  let request: GenerationRequest
  /// Which of the request's samples it is, from 0.
  let sampleIndex: Int
  private(set) var sampling: SamplingState
  /// The log-probabilities of the prompt, where the request asks for them and this sample computes it.
  var promptScoring: PromptScoring?

  /// Prompt and output.
  private var tokenIDs: [Int32]
  private var text: AnswerText
  private var logprobs: LogprobRecord

  /// The first sample of a request, without output.
  init(
    request: GenerationRequest, outputTokenLimit: Int, constraint: CompiledConstraint?, tokenizer: Tokenizer
  ) {
    let params = request.params
    let stopChecker = StopChecker(
      params: params, eosTokenIDs: request.eosTokenIDs, outputTokenLimit: outputTokenLimit)
    self.request = request
    sampleIndex = 0
    tokenIDs = request.promptTokenIDs
    sampling = SamplingState(
      request: request, stopChecker: stopChecker,
      badWords: BadWords.tokenSequences(params.badWords, tokenizer: tokenizer), constraint: constraint)
    promptScoring = PromptScoring(request)
    logprobs = LogprobRecord(params)
    text = AnswerText(params: params, stopChecker: stopChecker, tokenizer: tokenizer)
  }

  /// Another sample of the request of `first`, which has no output yet.
  init(forking first: SampleSequence, sampleIndex: Int) {
    request = first.request
    self.sampleIndex = sampleIndex
    tokenIDs = first.tokenIDs
    sampling = first.sampling(ofSample: sampleIndex)
    logprobs = first.logprobs
    text = first.text
  }

  /// What the sampler needs to draw the first token of a sample from this one's prompt.
  func sampling(ofSample index: Int) -> SamplingState {
    var state = sampling
    state.stream = RandomStream(
      seed: request.params.seed, randomKey: request.randomKey, sampleIndex: index)
    return state
  }

  /// The tokens at some places of prompt and output.
  func tokenIDs(_ places: Range<Int>) -> ArraySlice<Int32> { tokenIDs[places] }

  /// Appends what was drawn.
  ///
  /// - Returns: the finished answer, nil while it goes on.
  func append(_ draw: Draw, tokenizer: Tokenizer) -> CompletionOutput? {
    tokenIDs.append(draw.tokenID)
    sampling.append(draw.tokenID)
    logprobs.append(draw, tokenizer: tokenizer)
    let outputTokenIDs = tokenIDs[request.promptTokenIDs.count...]
    let end =
      text.append(draw.tokenID, outputTokenCount: outputTokenIDs.count)
      ?? (sampling.isComplete ? .complete : nil)
    guard let end else { return nil }
    return CompletionOutput(
      index: sampleIndex, text: text.text, tokenIDs: Array(outputTokenIDs), finishReason: end.finishReason,
      stopReason: end.stopReason, cumulativeLogprob: logprobs.cumulative, logprobs: logprobs.positions)
  }
}
