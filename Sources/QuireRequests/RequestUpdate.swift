/// What is new of one answer of a request, as it grows.
///
/// The texts of all updates of one index, joined, are the answer's text; so are their reasoning, token ids and
/// log-probabilities.
/// A beam search, and answers that are chosen among more (`bestOf`), have one update an answer, at the end.
public struct RequestUpdate: Sendable, Equatable {
  /// The request's own id, as it was given; nil where it has none.
  public var requestID: String?
  /// Which of the request's `n` answers has grown, from 0.
  public var index: Int
  /// New text that no later token can change: it may end before the last token's text, where that could still become a
  /// stop string or is part of a character. Empty without `detokenize`.
  public var text: String
  /// The same of what the model thinks before it answers, which is no part of `text`; empty where thoughts are not told
  /// apart.
  public var reasoning: String
  /// The new tokens: at least one, but for the one update of a request that scores texts, or of a ``Prompt/pooled(_:)``
  /// prompt.
  public var tokenIDs: [Int32]
  /// One element for each of `tokenIDs`, where the request asks for `logprobs`.
  public var logprobs: [PositionLogprobs]?
  /// Why the answer ended; nil while it goes on.
  public var finishReason: FinishReason?
  /// What stopped it, where a stop string or stop token did.
  public var stopReason: StopReason?
  /// All answers as a whole, with the request's last update; nil before.
  public var output: RequestOutput?

  /// An update; each argument is the field of its name.
  public init(
    requestID: String? = nil, index: Int, text: String, reasoning: String = "", tokenIDs: [Int32],
    logprobs: [PositionLogprobs]? = nil, finishReason: FinishReason? = nil, stopReason: StopReason? = nil,
    output: RequestOutput? = nil
  ) {
    self.requestID = requestID
    self.index = index
    self.text = text
    self.reasoning = reasoning
    self.tokenIDs = tokenIDs
    self.logprobs = logprobs
    self.finishReason = finishReason
    self.stopReason = stopReason
    self.output = output
  }

  /// A whole answer at once.
  package init(whole answer: CompletionOutput) {
    self.init(
      index: answer.index, text: answer.text, reasoning: answer.reasoning ?? "", tokenIDs: answer.tokenIDs,
      logprobs: answer.logprobs, finishReason: answer.finishReason, stopReason: answer.stopReason)
  }
}
