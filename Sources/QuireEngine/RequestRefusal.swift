import QuireRequests
import QuireScheduling

/// Why one request cannot be carried out; the others go on.
package struct RequestRefusal: Error, Sendable, Equatable {
  /// The kinds of refusal, in the spelling of error lines.
  package enum Code: String, Sendable {
    /// The prompt, or prompt and answer together, are longer than the model or the cache.
    case contextLengthExceeded = "context_length_exceeded"
    /// A value of the request is out of range.
    case invalidValue = "invalid_value"
    /// Something that this version does not carry out.
    case unsupportedValue = "unsupported_value"
    /// A conversation is out of order, or holds what the format has no place for.
    case invalidMessages = "invalid_messages"
    /// A conversation for a model whose chat format is not known.
    case noChatFormat = "no_chat_format"
  }

  /// The kind.
  package let code: Code
  /// The value, what it should be, and what to do.
  package let message: String
  /// The parameter that is wrong, in vLLM's spelling, where it is one.
  package let param: String?

  /// A refusal; each argument is the field of its name.
  package init(code: Code, message: String, param: String? = nil) {
    self.code = code
    self.message = message
    self.param = param
  }
}

extension RequestRefusal {
  /// What the scheduler refused, with the parameter that can be changed where it is one.
  init(scheduler refusal: SchedulerRefusal, _ params: SamplingParams) {
    switch refusal {
    case .beamsExceedStep:
      self.init(
        code: .invalidValue, message: refusal.description, param: params.bestOf == nil ? "n" : "best_of")
    case .exceedsCache, .promptExceedsBudget:
      self.init(code: .contextLengthExceeded, message: refusal.description)
    }
  }
}
