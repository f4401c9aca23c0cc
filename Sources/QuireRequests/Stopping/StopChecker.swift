/// Decides after each appended token whether its id or the length ends the answer.
///
/// Stop strings are looked for afterwards, by `OutputText`, and override what this type says. Source of the
/// order: vLLM V1, `vllm/v1/core/sched/utils.py`, `check_stop`.
package struct StopChecker: Sendable {
  /// Greatest number of output tokens, at least 1.
  package let outputTokenLimit: Int
  /// Number of output tokens before which nothing ends the answer, at most `outputTokenLimit`.
  package let minTokens: Int
  /// Ids that may not be drawn while fewer than `minTokens` tokens are out: the end-of-text ids (also under
  /// `ignoreEOS`, as in vLLM) and the request's stop ids, without repetition.
  package let maskedTokenIDs: [Int32]

  private let endOfText: Int32?
  private let stopTokenIDs: Set<Int32>
  private let keepsStopText: Bool
  /// The stop strings that are control tokens, by id.
  private let controlStops: [Int32: String]

  /// A checker for `params` and the model's end-of-text ids, the main one first.
  ///
  /// `controlStops` are stop strings that name a control token, which has no text to be found in, by the token's id.
  ///
  /// `outputTokenLimit` is `params.maxTokens`, lowered to what the model's length leaves: at least 1. A
  /// `minTokens` above it counts as the limit, for nothing may pass the model's length.
  package init(
    params: SamplingParams, eosTokenIDs: [Int32], outputTokenLimit: Int, controlStops: [Int32: String] = [:]
  ) {
    precondition(outputTokenLimit >= 1, "an answer may have at least one token")
    self.outputTokenLimit = outputTokenLimit
    minTokens = min(params.minTokens, outputTokenLimit)
    endOfText = params.ignoreEOS ? nil : eosTokenIDs.first
    self.controlStops = controlStops
    let stops = params.stopTokenIDs + controlStops.keys.sorted()
    stopTokenIDs = Set(stops).union(params.ignoreEOS ? [] : eosTokenIDs.dropFirst())
    keepsStopText = params.includeStopStringInOutput
    var seen: Set<Int32> = []
    maskedTokenIDs = (eosTokenIDs + stops).filter { seen.insert($0).inserted }
  }

  /// Ids that end the answer once `minTokens` tokens are out, without repetition.
  package var endTokenIDs: [Int32] {
    maskedTokenIDs.filter { $0 == endOfText || stopTokenIDs.contains($0) }
  }

  /// How the answer ends with the appended token, or nil when it goes on; `outputTokenCount` counts the token.
  package func decision(appending tokenID: Int32, outputTokenCount: Int) -> StopDecision? {
    if outputTokenCount < minTokens { return nil }
    if tokenID == endOfText {
      return StopDecision(finishReason: .stop, stopReason: nil, keepsTokenText: keepsStopText)
    }
    if stopTokenIDs.contains(tokenID) {
      let reason = controlStops[tokenID].map { StopReason.string($0) } ?? .tokenID(tokenID)
      return StopDecision(finishReason: .stop, stopReason: reason, keepsTokenText: keepsStopText)
    }
    if outputTokenCount >= outputTokenLimit {
      return StopDecision(finishReason: .length, stopReason: nil, keepsTokenText: true)
    }
    return nil
  }

  /// Whether the text of the token that made the output this long is exempt from the search for stop strings.
  package func isExemptFromStopStrings(outputTokenCount: Int) -> Bool { outputTokenCount <= minTokens }
}

/// How an answer ended.
package struct StopDecision: Sendable, Equatable {
  /// Why the answer ended.
  package var finishReason: FinishReason
  /// What stopped it, nil for the end-of-text token and for length.
  package var stopReason: StopReason?
  /// Whether the last token's text belongs to the answer's text; its id always belongs to the ids.
  package var keepsTokenText: Bool

  /// An answer under a constraint that is complete, and that nothing may follow.
  package static let complete = StopDecision(finishReason: .stop, stopReason: nil, keepsTokenText: true)

  /// A decision; each argument is the field of its name.
  package init(finishReason: FinishReason, stopReason: StopReason?, keepsTokenText: Bool) {
    self.finishReason = finishReason
    self.stopReason = stopReason
    self.keepsTokenText = keepsTokenText
  }
}
