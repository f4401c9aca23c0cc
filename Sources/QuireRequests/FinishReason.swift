/// Why an answer ended, in OpenAI's and vLLM's spelling.
public enum FinishReason: String, Sendable, CaseIterable {
  /// A stop string, a stop token or the end-of-text token.
  case stop
  /// The greatest number of tokens, the request's or the model's.
  case length
  /// The caller withdrew the request.
  case abort
  /// Something went wrong in this request alone.
  case error
}

/// What exactly stopped an answer whose finish reason is `stop`; the end-of-text token leaves it nil.
public enum StopReason: Sendable, Equatable {
  /// A stop token, by id.
  case tokenID(Int32)
  /// A stop string, as the request spelt it.
  case string(String)
}
