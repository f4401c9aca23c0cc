import QuireChat
package import QuireEngine
package import QuireOpenAI
package import QuireRequests

/// Prepares the requests of lines: settles the length that a line leaves open, and what a conversation may lose.
///
/// Belongs to one thread. Parameters that equal those of the line before are not checked again, since most lines share
/// theirs.
package final class RequestPreparer: RequestPreparing {
  /// What was found right last, and what it was made of.
  private struct Checked {
    let settings: SamplingSettings
    let rule: LengthRule
    let params: SamplingParams
  }

  private let prompts: PromptPreparer
  private var checked: Checked?

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
    let cut: HistoryCut = rule.cutsHistory || prompts.historyTokenBudget != nil ? .allowed : .refused
    if case .choices(let texts)? = line.scored {
      return try prompts.prepare(scoring: texts, behind: line.prompt, line.sampling.values, cut: cut)
    }
    return try prompts.prepare(
      line.prompt, checkedParams: try checkedParams(line.sampling, rule), randomKey: randomKey, cut: cut)
  }

  package func windows(of line: BodyRequest) throws(RequestError) -> [PreparedRequest] {
    guard case .text(let text) = line.prompt else { preconditionFailure("a text is scored as a whole") }
    return try prompts.prepareWindows(ofText: text, line.sampling.values)
  }

  private func checkedParams(
    _ settings: SamplingSettings, _ rule: LengthRule
  ) throws(RequestError) -> SamplingParams {
    if let checked, checked.settings.isIdentical(to: settings), checked.rule == rule { return checked.params }
    var params = settings.values
    if !settings.states(.maxTokens) { params.maxTokens = rule.maxTokens }
    if params != checked?.params { try prompts.limits.check(params) }
    checked = Checked(settings: settings, rule: rule, params: params)
    return params
  }
}
