import QuireRequests
import QuireTokenizers

/// The text of one answer as it grows, and what ends it.
struct AnswerText {
  private let stopChecker: StopChecker
  /// The text so far; empty without `detokenize`.
  var text: String { output.text }

  private var detokenizer: IncrementalDetokenizer
  private var output: OutputText
  private let detokenizes: Bool

  /// An empty text.
  init(_ request: PreparedRequest, tokenizer: Tokenizer) {
    let params = request.params
    stopChecker = request.stopChecker
    // The answer goes on after the prompt, as in vLLM: a space in front of its first word stays.
    detokenizer = IncrementalDetokenizer(
      tokenizer: tokenizer, skipSpecialTokens: params.skipSpecialTokens, beginsText: false)
    output = OutputText(stop: params.stop, includesStopString: params.includeStopStringInOutput)
    detokenizes = params.detokenize
  }

  /// Appends a token and looks for an end, in the order of vLLM V1 (`vllm/v1/core/sched/utils.py`).
  ///
  /// - Parameter outputTokenCount: number of output tokens, this one included.
  /// - Returns: how the answer ends, nil while it goes on.
  mutating func append(_ token: Int32, outputTokenCount: Int) -> StopDecision? {
    let decision = stopChecker.decision(appending: token, outputTokenCount: outputTokenCount)
    guard detokenizes else { return decision }
    let isExempt = stopChecker.isExemptFromStopStrings(outputTokenCount: outputTokenCount)
    if decision?.keepsTokenText ?? true {
      if output.append(detokenizer.append(token), isExempt: isExempt) { return stopStringDecision }
      if output.foresee(detokenizer.opened, isExempt: isExempt) { return stopStringDecision }
    }
    guard let decision else { return nil }
    // Bytes of an unfinished character become U+FFFD, as in HF's decode.
    return output.append(detokenizer.finish(), isExempt: isExempt) ? stopStringDecision : decision
  }

  /// The text that no later token can change and that was not taken before; all of the rest when `isFinished`.
  mutating func takeReleasable(isFinished: Bool) -> String { output.takeReleasable(isFinished: isFinished) }

  private var stopStringDecision: StopDecision {
    StopDecision(
      finishReason: .stop, stopReason: output.stopString.map(StopReason.string), keepsTokenText: true)
  }
}
