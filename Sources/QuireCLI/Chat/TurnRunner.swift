import QuireEngine
import QuireRequests
import QuireTokenizers

/// Answers the turns of one dialogue with an engine of its own, in which the prompts so far stay: a turn computes only
/// what is new in it.
///
/// A turn draws as the line `{"messages": …}` of the same conversation does under `quire run` with the same seed; one
/// that is answered again in the same session, as the second line of that kind.
final class TurnRunner {
  /// What a turn came to.
  struct Turn {
    /// The whole answer; nil where it was stopped.
    var answer: CompletionOutput?
    /// What was kept of the history.
    var history: HistoryReport?
    /// The counts that a user may want to know.
    var figures: TurnFigures
  }

  private let engine: LLMEngine
  private let preparer: PromptPreparer
  private let settings: ChatSettings
  private var keys: RequestKeys
  private var keysSeed: Int64
  private var requestCount: UInt64 = 0

  /// A runner of turns.
  ///
  /// - Parameters:
  ///   - preparer: with the budget of the session.
  ///   - settings: variables of the chat template.
  init(_ engine: LLMEngine, _ preparer: PromptPreparer, settings: ChatSettings, seed: Int64) {
    (self.engine, self.preparer, self.settings) = (engine, preparer, settings)
    keys = RequestKeys(seed: UInt64(bitPattern: seed))
    keysSeed = seed
  }

  /// The prompt that a conversation becomes, as text and as token ids.
  ///
  /// Throws `RequestError` for messages that the template refuses, and for what does not fit.
  func prompt(of messages: [ChatMessage], _ params: SamplingParams) throws(RequestError) -> ChatPrompt {
    try preparer.prompt(for: messages, settings, maxTokens: params.maxTokens)
  }

  /// The text of a prompt as the answer's text is made, with or without its control tokens.
  func text(of promptTokenIDs: [Int32], _ params: SamplingParams) -> String {
    preparer.tokenizer.decode(promptTokenIDs, skipSpecialTokens: params.skipSpecialTokens)
  }

  /// Answers a conversation.
  ///
  /// - Parameters:
  ///   - seed: the session's; another one than before begins its random numbers anew.
  ///   - isStopped: asked between the engine's steps; true ends the answer where it stands.
  ///   - begin: told of the prompt before it is computed.
  ///   - show: told of what is new of the answer, as it comes; its error ends the answer.
  /// - Throws: `RequestError` where the turn cannot be answered, and what `begin` and `show` throw.
  func answer(
    _ messages: [ChatMessage], _ params: SamplingParams, seed: Int64, isStopped: () -> Bool,
    begin: (PreparedRequest) throws -> Void, show: (RequestUpdate) throws -> Void
  ) throws -> Turn {
    if seed != keysSeed {
      keys = RequestKeys(seed: UInt64(bitPattern: seed))
      keysSeed = seed
    }
    let prepared = try preparer.prepare(
      .conversation(messages, settings), params: params,
      randomKey: keys.randomKey(for: .conversation(messages), id: nil))
    try begin(prepared)
    var turn = Turn(history: prepared.history, figures: TurnFigures(prepared))
    let before = engine.statistics
    let id = requestCount
    requestCount += 1
    try engine.add(prepared, id: id, reportsUpdates: true)
    // Where something is thrown, or the answer is stopped; a finished one is no longer known.
    defer { engine.abort(requestID: id) }
    while !isStopped() {
      var updates: [RequestUpdate] = []
      let finished = engine.step { _, update in updates.append(update) }
      turn.figures.note(updates, engine.statistics, since: before)
      for update in updates { try show(update) }
      if let result = finished.first?.result {
        turn.answer = try result.get().outputs.first
        break
      }
    }
    return turn
  }
}
