import QuireRequests
import QuireTokenizers

/// The text of one answer as it grows, and what ends it.
struct AnswerText {
  private let request: PreparedRequest
  private var detokenizer: IncrementalDetokenizer
  /// The whole text so far, thought and markers included; empty without `detokenize`.
  private var output: OutputText
  private var thought: ThoughtSpan?
  private var releasedByteCount = 0
  private let detokenizes: Bool

  /// An empty text.
  init(_ request: PreparedRequest, tokenizer: Tokenizer) {
    let params = request.params
    self.request = request
    // The answer goes on after the prompt, as in vLLM: a space in front of its first word stays.
    detokenizer = IncrementalDetokenizer(
      tokenizer: tokenizer, skipSpecialTokens: params.skipSpecialTokens, beginsText: false)
    output = OutputText(request.rules.stopStrings, includesStopString: params.includeStopStringInOutput)
    detokenizes = params.detokenize
    thought = detokenizes ? ThoughtSpan(request) : nil
  }

  /// The text so far, and what was thought before it; nil where there is no thought.
  var parts: (text: String, reasoning: String?) {
    guard let thought, thought.hasBegun else { return (output.text, nil) }
    return thought.split(output.text, from: 0)
  }

  /// Appends a token and looks for an end, in the order of vLLM V1 (`vllm/v1/core/sched/utils.py`). As there, stop
  /// strings are looked for in thoughts, too.
  ///
  /// - Parameter outputTokenCount: number of output tokens, this one included.
  /// - Returns: how the answer ends, nil while it goes on.
  mutating func append(_ token: Int32, outputTokenCount: Int) -> StopDecision? {
    let decision = request.stopChecker.decision(appending: token, outputTokenCount: outputTokenCount)
    guard detokenizes else { return decision }
    let isExempt = request.stopChecker.isExemptFromStopStrings(outputTokenCount: outputTokenCount)
    if decision?.keepsTokenText ?? true {
      if appendText(of: token, isExempt: isExempt) { return stopStringDecision }
      if output.foresee(detokenizer.opened, isExempt: isExempt) { return stopStringDecision }
    }
    guard let decision else { return nil }
    // Bytes of an unfinished character become U+FFFD, as in HF's decode.
    return output.append(detokenizer.finish(), isExempt: isExempt) ? stopStringDecision : decision
  }

  /// Appends a token's text; true where a stop string ends it.
  private mutating func appendText(of token: Int32, isExempt: Bool) -> Bool {
    let start = output.text.utf8.count
    // Bytes of a character that a thought leaves unfinished are the thought's, and no part of what follows.
    let held = thought?.isBoundary(token) == true ? detokenizer.finish() : ""
    let piece = held + detokenizer.append(token)
    let hasEnded = output.append(piece, isExempt: isExempt)
    thought?.append(token, piece: piece, to: output.text, pieceEnd: start + piece.utf8.count)
    return hasEnded
  }

  /// The text that no later token can change and that was not taken before, and the same of what is thought; all of the
  /// rest when `isFinished`.
  mutating func takeReleasable(isFinished: Bool) -> (text: String, reasoning: String) {
    let part = output.takeReleasable(isFinished: isFinished)
    defer { releasedByteCount += part.utf8.count }
    return thought?.split(part, from: releasedByteCount) ?? (part, "")
  }

  private var stopStringDecision: StopDecision {
    StopDecision(
      finishReason: .stop, stopReason: output.stopString.map(StopReason.string), keepsTokenText: true)
  }
}
