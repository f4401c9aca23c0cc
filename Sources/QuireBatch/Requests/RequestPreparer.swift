package import QuireEngine
import QuireChat
package import QuireRequests

/// Prepares the requests of lines: settles the length that a line leaves open, and what an OpenAI line may lose.
package struct RequestPreparer: RequestPreparing {
  /// Answers of lines for which nothing states a length, in tokens; completions as on OpenAI's servers.
  static let lastMaxTokens = 1024
  static let lastCompletionMaxTokens = 16

  private let prompts: PromptPreparer

  /// A preparer of lines over one of prompts.
  package init(_ prompts: PromptPreparer) {
    self.prompts = prompts
  }

  /// Settles the length, turns the prompt into tokens and checks what is asked.
  ///
  /// Throws where a value is out of range, the prompt too long, or the conversation out of order; an OpenAI conversation
  /// is not cut but refused unless the job sets a history budget.
  package func prepare(
    _ line: LineRequest, form: LineForm, requestID: UInt64, randomKey: UInt64
  ) throws(RequestError) -> PromptPreparer.Prepared {
    var params = line.sampling.values
    if !line.sampling.states(.maxTokens) { params.maxTokens = Self.maxTokens(form) }
    // An OpenAI answer has no place to say what was dropped, so nothing is unless the user asked for it.
    let cut: HistoryCut =
      if case .openAIChat = form, prompts.historyTokenBudget == nil { .refused } else { .allowed }
    var prepared = try prompts.prepare(line.prompt, params: params, cut: cut)
    prepared.request.id = requestID
    prepared.request.randomKey = randomKey
    return prepared
  }

  /// The length where neither the line nor the job states one.
  private static func maxTokens(_ form: LineForm) -> Int {
    if case .openAICompletion = form { return lastCompletionMaxTokens }
    return lastMaxTokens
  }
}
