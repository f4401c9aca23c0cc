/// What became of one request: its answers.
public struct RequestOutput: Sendable, Equatable {
  /// The request's own id, as it was given; nil where it has none.
  public var requestID: String?
  /// The prompt as it was run.
  public var promptTokenIDs: [Int32]
  /// The answers, by index; none of a ``Prompt/pooled(_:)`` prompt.
  public var outputs: [CompletionOutput]
  /// One element for each of `promptTokenIDs`, where the request asks for `promptLogprobs`; nil for the first token,
  /// which nothing precedes.
  public var promptLogprobs: [PositionLogprobs?]?
  /// Which rounds of a conversation are in the prompt; nil for other prompts.
  public var history: HistoryReport?
  /// The scores of the texts that the request gives, in their order; nil where it asks for answers. With scores there are no
  /// `outputs`.
  public var scores: [ContinuationScore]?
  /// Of a ``Prompt/pooled(_:)`` prompt the vector, `[hidden size]` or as many dimensions as were asked for, or its one score;
  /// nil of other prompts.
  public var pooled: [Float]?

  /// An output; each argument is the field of its name.
  public init(
    requestID: String? = nil, promptTokenIDs: [Int32], outputs: [CompletionOutput],
    promptLogprobs: [PositionLogprobs?]? = nil, history: HistoryReport? = nil,
    scores: [ContinuationScore]? = nil, pooled: [Float]? = nil
  ) {
    self.requestID = requestID
    self.promptTokenIDs = promptTokenIDs
    self.outputs = outputs
    self.promptLogprobs = promptLogprobs
    self.history = history
    self.scores = scores
    self.pooled = pooled
  }
}

/// One answer of a request.
public struct CompletionOutput: Sendable, Equatable {
  /// Which of the request's `n` answers this is, from 0.
  public var index: Int
  /// The text, without the stop string or token that ended it unless the request keeps it, and without `reasoning`.
  public var text: String
  /// What the model thought before it answered, between the markers of its chat template; nil where it did not, or where
  /// thoughts are not told apart.
  public var reasoning: String?
  /// Everything that was generated, the stop token included.
  public var tokenIDs: [Int32]
  /// Why the answer ended.
  public var finishReason: FinishReason
  /// What stopped it, where a stop string or stop token did.
  public var stopReason: StopReason?
  /// Sum of the natural logarithms of the tokens' probabilities, where the request asks for it.
  public var cumulativeLogprob: Double?
  /// The same sum without the tokens that left no choice: those that `structuredOutputs` forced, and the end of a thought
  /// that had to end. Equal to `cumulativeLogprob` where nothing is forced.
  public var unforcedLogprob: Double?
  /// One element for each of `tokenIDs`, where the request asks for `logprobs`.
  public var logprobs: [PositionLogprobs]?

  /// An answer; each argument is the field of its name.
  public init(
    index: Int, text: String, reasoning: String? = nil, tokenIDs: [Int32], finishReason: FinishReason,
    stopReason: StopReason? = nil, cumulativeLogprob: Double? = nil, unforcedLogprob: Double? = nil,
    logprobs: [PositionLogprobs]? = nil
  ) {
    self.index = index
    self.text = text
    self.reasoning = reasoning
    self.tokenIDs = tokenIDs
    self.finishReason = finishReason
    self.stopReason = stopReason
    self.cumulativeLogprob = cumulativeLogprob
    self.unforcedLogprob = unforcedLogprob
    self.logprobs = logprobs
  }
}
