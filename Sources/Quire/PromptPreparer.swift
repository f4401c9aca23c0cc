package import QuireChat
package import QuireRequests
import QuireTokenizers

/// Turns texts, ids and conversations into requests: tokens, end-of-text ids, length.
package struct PromptPreparer: Sendable {
  /// The model that they are for.
  package let context: ModelContext
  /// Whether control tokens written in a text are recognised, as in vLLM.
  package var recognizesSpecialTokens: Bool
  /// The greatest number of tokens that a conversation may take; nil leaves it to the model's length.
  package var historyTokenBudget: Int?

  /// A preparer; each argument is the field of its name.
  package init(
    context: ModelContext, recognizesSpecialTokens: Bool = true, historyTokenBudget: Int? = nil
  ) {
    self.context = context
    self.recognizesSpecialTokens = recognizesSpecialTokens
    self.historyTokenBudget = historyTokenBudget
  }

  /// A request without id and random key, and what became of the conversation's history.
  package struct Prepared: Sendable {
    /// The request.
    package var request: GenerationRequest
    /// For conversations: what was kept, dropped and cut.
    package var history: HistoryReport?
  }

  /// Prepares one request.
  ///
  /// - Parameters:
  ///   - cut: whether a conversation that is too long loses its oldest rounds, or is refused.
  /// - Throws: `RequestRefusal` with what is out of range, too long or out of order.
  package func prepare(
    _ input: LLM.Request.Input, params: SamplingParams, cut: HistoryCut = .allowed
  ) throws(RequestRefusal) -> Prepared {
    switch input {
    case .text(let text):
      let ids = context.tokenizer.encode(
        text, recognizeSpecialTokens: recognizesSpecialTokens, addSpecialTokens: true)
      return Prepared(request: request(ids, params, eosTokenIDs: context.eosTokenIDs))
    case .tokenIDs(let ids):
      return Prepared(request: request(ids, params, eosTokenIDs: context.eosTokenIDs))
    case .chat(let messages):
      let formatter: ChatFormatter
      let prompt: ChatPrompt
      do {
        formatter = try context.chat.get()
        let budget = ChatFormatter.tokenBudget(
          historyTokenBudget: historyTokenBudget, modelLength: context.maxModelLen,
          maxTokens: params.maxTokens ?? context.maxModelLen)
        prompt = try formatter.prompt(for: messages, tokenBudget: budget, cut: cut)
      } catch {
        throw RequestRefusal(code: .invalidValue, message: error.description)
      }
      let extra = context.eosTokenIDs.filter { !formatter.stopTokenIDs.contains($0) }
      return Prepared(
        request: request(prompt.tokenIDs, params, eosTokenIDs: formatter.stopTokenIDs + extra),
        history: prompt.history)
    }
  }

  private func request(
    _ promptTokenIDs: [Int32], _ params: SamplingParams, eosTokenIDs: [Int32]
  ) -> GenerationRequest {
    GenerationRequest(id: 0, promptTokenIDs: promptTokenIDs, params: params, eosTokenIDs: eosTokenIDs)
  }
}
