/// One answer of a request, finished or so far.
public struct CompletionOutput: Sendable, Equatable {
  /// Which of the request's `n` answers this is, from 0.
  public var index: Int
  /// The text, without the stop string or token that ended it unless the request keeps it.
  public var text: String
  /// Everything that was generated, the stop token included.
  public var tokenIDs: [Int32]
  /// Why the answer ended; nil while it goes on.
  public var finishReason: FinishReason?
  /// What stopped it, where a stop string or stop token did.
  public var stopReason: StopReason?
  /// Sum of the natural logarithms of the tokens' probabilities, where the request asks for it.
  public var cumulativeLogprob: Double?
  /// One element for each of `tokenIDs`, where the request asks for `logprobs`.
  public var logprobs: [PositionLogprobs]?

  /// An answer; each argument is the field of its name.
  public init(
    index: Int, text: String = "", tokenIDs: [Int32] = [], finishReason: FinishReason? = nil,
    stopReason: StopReason? = nil, cumulativeLogprob: Double? = nil, logprobs: [PositionLogprobs]? = nil
  ) {
    self.index = index
    self.text = text
    self.tokenIDs = tokenIDs
    self.finishReason = finishReason
    self.stopReason = stopReason
    self.cumulativeLogprob = cumulativeLogprob
    self.logprobs = logprobs
  }
}

/// What the engine gives back for one request.
public struct RequestOutput: Sendable, Equatable {
  /// The request's id.
  public var requestID: UInt64
  /// The prompt as it was run.
  public var promptTokenIDs: [Int32]
  /// The answers, by index.
  public var outputs: [CompletionOutput]
  /// One element for each of `promptTokenIDs`, where the request asks for `promptLogprobs`; nil for the first token,
  /// which nothing precedes.
  public var promptLogprobs: [PositionLogprobs?]?
  /// Whether every answer has ended.
  public var isFinished: Bool
  /// Why the request could not be carried out; then `outputs` is empty.
  public var error: RequestError?

  /// An output; each argument is the field of its name.
  public init(
    requestID: UInt64, promptTokenIDs: [Int32], outputs: [CompletionOutput],
    promptLogprobs: [PositionLogprobs?]? = nil, isFinished: Bool, error: RequestError? = nil
  ) {
    self.requestID = requestID
    self.promptTokenIDs = promptTokenIDs
    self.outputs = outputs
    self.promptLogprobs = promptLogprobs
    self.isFinished = isFinished
    self.error = error
  }

  /// The output of a request that could not be carried out.
  package init(requestID: UInt64, promptTokenIDs: [Int32] = [], error: RequestError) {
    self.init(
      requestID: requestID, promptTokenIDs: promptTokenIDs, outputs: [], isFinished: true, error: error)
  }
}
