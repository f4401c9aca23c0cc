import QuireChat
import QuireRequests
import QuireScheduling
import QuireStructuredOutput

extension RequestError {
  /// What is wrong with a constraint of some kind.
  init(_ error: ConstraintError, of kind: OutputConstraint.Kind) {
    // The place begins with the field that the kind stands in, which dialects name.
    let inside =
      error.place.hasPrefix(kind.rawValue) ? error.place.dropFirst(kind.rawValue.count) : " at " + error.place
    self.init(
      error.kind == .unsupported ? .unsupportedValue : .invalidValue,
      .constraint(kind, inside: String(inside)), found: ErrorText(error.found),
      expected: ErrorText(error.expected))
  }

  /// What is wrong with a conversation.
  init(messages error: ChatError) {
    let code: Code =
      switch error {
      case .promptTooLong, .fixedTextTooLong, .textTooLong: .contextLengthExceeded
      case .needsTemplate: .unsupportedValue
      case .invalidInput: .invalidValue
      default: .invalidMessages
      }
    let place: ErrorPlace =
      switch error {
      case .invalidInput(let name, _, _): .chatSetting(String(name.prefix { $0 != "." }))
      case .nothingToContinue: .chatSetting("continue_final_message")
      default: .messages
      }
    self.init(code, place, found: error.text)
  }

  /// What the scheduler refused, with the parameter that can be changed where it is one.
  init(scheduler refusal: SchedulerRefusal, of request: PreparedRequest) {
    switch refusal {
    case .exceedsCache(let needed, let total, let blockSize) where request.scoring != nil:
      self.init(
        .contextLengthExceeded, .request,
        found:
          "the text to be scored, with what stands before it, needs \(needed) KV cache blocks of \(blockSize) tokens, but "
          + "the cache has \(total): raise \(option: .kvCacheMemory), or lower \(option: .maxModelLen) where a whole text is "
          + "scored"
      )
    case .exceedsCache(let needed, let total, let blockSize):
      self.init(
        .contextLengthExceeded, .request,
        found:
          "prompt and \(field: .maxTokens) need \(needed) KV cache blocks of \(blockSize) tokens, "
          + "but the cache has \(total): lower \(field: .maxTokens) or raise \(option: .kvCacheMemory)"
      )
    case .promptExceedsBudget(let promptTokenCount, let budget):
      self.init(
        .contextLengthExceeded, .request,
        found:
          "the prompt has \(promptTokenCount) tokens, but without chunked prefill a step holds "
          + "\(budget): raise \(option: .maxNumBatchedTokens) or enable chunked prefill"
      )
    case .beamsExceedStep(let beamWidth, let stepLimit):
      self.init(
        .invalidValue, .parameter(request.params.bestOf == nil ? .n : .bestOf),
        found:
          "\(beamWidth) beams run together, but a step holds \(stepLimit) sequences: lower the "
          + "number of beams or raise \(option: .maxNumSeqs) and \(option: .maxNumBatchedTokens)"
      )
    }
  }
}
