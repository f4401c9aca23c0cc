import QuireRequests
import QuireSampling
import QuireTokenizers

/// One sequence on its way: its tokens, its text so far, and what its sampler must remember.
final class EngineSequence {
  let request: GenerationRequest
  /// Prompt and output.
  private(set) var tokenIDs: [Int32]
  private(set) var sampling: SamplingState
  /// The log-probabilities of the prompt, where the request asks for them.
  var promptScoring: PromptScoring?

  private let stopChecker: StopChecker
  private var detokenizer: IncrementalDetokenizer
  private var text: OutputText
  private var logprobs: LogprobRecord

  init(request: GenerationRequest, outputTokenLimit: Int, tokenizer: Tokenizer) {
    let params = request.params
    self.request = request
    tokenIDs = request.promptTokenIDs
    stopChecker = StopChecker(
      params: params, eosTokenIDs: request.eosTokenIDs, outputTokenLimit: outputTokenLimit)
    sampling = SamplingState(
      request: request, stopChecker: stopChecker,
      badWords: BadWords.tokenSequences(params.badWords, tokenizer: tokenizer))
    promptScoring = PromptScoring(request)
    logprobs = LogprobRecord(params)
    detokenizer = IncrementalDetokenizer(tokenizer: tokenizer, skipSpecialTokens: params.skipSpecialTokens)
    text = OutputText(stop: params.stop, includesStopString: params.includeStopStringInOutput)
  }

  private var outputTokenCount: Int { tokenIDs.count - request.promptTokenIDs.count }

  /// Appends a token and looks for an end, in the order of vLLM V1 (`vllm/v1/core/sched/utils.py`).
  ///
  /// - Returns: the finished output, nil while the sequence goes on.
  func append(_ draw: Draw, tokenizer: Tokenizer) -> RequestOutput? {
    let token = draw.tokenID
    tokenIDs.append(token)
    sampling.append(token)
    logprobs.append(draw, tokenizer: tokenizer)
    let decision = stopChecker.decision(appending: token, outputTokenCount: outputTokenCount)
    guard request.params.detokenize else {
      return decision.map { finish($0.finishReason, $0.stopReason) }
    }
    let isExempt = stopChecker.isExemptFromStopStrings(outputTokenCount: outputTokenCount)
    if decision?.keepsTokenText ?? true, text.append(detokenizer.append(token), isExempt: isExempt) {
      return finish(.stop, text.stopString.map(StopReason.string))
    }
    guard let decision else { return nil }
    // Bytes of an unfinished character become U+FFFD, as in HF's decode.
    if text.append(detokenizer.finish(), isExempt: isExempt) {
      return finish(.stop, text.stopString.map(StopReason.string))
    }
    return finish(decision.finishReason, decision.stopReason)
  }

  private func finish(_ reason: FinishReason, _ stopReason: StopReason?) -> RequestOutput {
    RequestOutput(
      requestID: request.id, promptTokenIDs: request.promptTokenIDs,
      outputs: [
        CompletionOutput(
          index: 0, text: text.text, tokenIDs: Array(tokenIDs.dropFirst(request.promptTokenIDs.count)),
          finishReason: reason, stopReason: stopReason, cumulativeLogprob: logprobs.cumulative,
          logprobs: logprobs.positions)
      ], promptLogprobs: promptScoring?.positions, isFinished: true)
  }
}
