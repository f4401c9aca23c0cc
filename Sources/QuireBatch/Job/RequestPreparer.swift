import QuireChat
package import QuireEngine
package import QuireOpenAI
package import QuireRequests

/// Prepares the requests of lines: settles the length that a line leaves open, and what a conversation may lose.
///
/// Belongs to one thread. Parameters that equal those of the line before are not checked again, since most lines share
/// theirs.
package final class RequestPreparer: RequestPreparing {
  private let prompts: PromptPreparer
  private var checkedParams: SamplingParams?

  /// A preparer of lines over one of prompts.
  package init(_ prompts: PromptPreparer) {
    self.prompts = prompts
  }

  package var vocabularySize: Int { prompts.limits.vocabularySize }

  /// Settles the length, turns the prompt into tokens and checks what is asked.
  ///
  /// Throws where a value is out of range, the prompt too long, or the conversation out of order; a conversation is cut
  /// where its kind of line allows it or the job sets a history budget, else refused.
  package func prepare(
    _ line: BodyRequest, _ rule: LengthRule, randomKey: UInt64
  ) throws(RequestError) -> PreparedRequest {
    var params = line.sampling.values
    if !line.sampling.states(.maxTokens) { params.maxTokens = rule.maxTokens }
    let cut: HistoryCut = rule.cutsHistory || prompts.historyTokenBudget != nil ? .allowed : .refused
    if params != checkedParams {
      try prompts.limits.check(params)
      checkedParams = params
    }
    return try prompts.prepare(line.prompt, checkedParams: params, randomKey: randomKey, cut: cut)
  }
}
