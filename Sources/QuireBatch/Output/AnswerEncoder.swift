package import QuireChat
import QuireJSON
package import QuireRequests
package import QuireTokenizers

/// What an answer may carry beyond what always stands in it (`--include`).
package enum AnswerPart: String, Sendable, CaseIterable {
  /// The answer's token ids.
  case tokenIDs = "token_ids"
  /// The prompt's token ids.
  case promptTokenIDs = "prompt_token_ids"
  /// Asks for the log-probability of each token of the answer, for lines that do not ask for more.
  case logprobs
  /// The same for the prompt.
  case promptLogprobs = "prompt_logprobs"
}

extension SamplingSettings {
  /// These settings, which report at least each token's own log-probability where answers are to carry it.
  package func including(_ parts: Set<AnswerPart>) -> SamplingSettings {
    var result = self
    if parts.contains(.logprobs), !states(.logprobs) { result.set(\.logprobs, to: 0) }
    if parts.contains(.promptLogprobs), !states(.promptLogprobs) { result.set(\.promptLogprobs, to: 0) }
    return result
  }
}

/// Writes answers and error lines: fixed order of keys, nothing of clocks, chance or neighbours, so that the same
/// input gives the same bytes.
package struct AnswerEncoder: Sendable {
  let parts: Set<AnswerPart>
  /// What OpenAI answers name as `model` where their line named none.
  let modelName: String
  /// What spells the tokens of OpenAI answers.
  let tokenizer: Tokenizer

  /// An encoder for a job over one model.
  ///
  /// - Parameters:
  ///   - parts: what answers carry beyond what always stands in them.
  ///   - modelName: `model` of OpenAI answers whose line names none.
  ///   - tokenizer: the model's.
  package init(parts: Set<AnswerPart> = [], modelName: String, tokenizer: Tokenizer) {
    self.parts = parts
    self.modelName = modelName
    self.tokenizer = tokenizer
  }

  /// The line, newline included, that answers `envelope` with a finished output.
  /// - Parameter history: what the token budget left of a conversation; nil for raw prompts.
  package func answer(
    _ envelope: LineEnvelope, _ identity: LineIdentity, _ output: RequestOutput, history: HistoryReport?
  ) -> [UInt8] {
    var line = JSONWriter()
    switch envelope.form {
    case .native: nativeAnswer(&line, envelope, output, history)
    case .openAIChat(let model): openAIAnswer(&line, envelope, identity, output, .chatCompletions, model)
    case .openAICompletion(let model): openAIAnswer(&line, envelope, identity, output, .completions, model)
    case .openAIUnknown: preconditionFailure("a line of unknown url was answered")
    }
    line.endLine()
    return line.bytes
  }

  /// The line, newline included, that says what is wrong with `envelope`.
  package func error(_ envelope: LineEnvelope, _ identity: LineIdentity, _ error: LineError) -> [UInt8] {
    var line = JSONWriter()
    if case .native = envelope.form {
      nativeError(&line, envelope, error)
    } else {
      openAIError(&line, envelope, identity, error)
    }
    line.endLine()
    return line.bytes
  }
}

extension JSONWriter {
  mutating func customID(_ id: LineID?) {
    key("custom_id")
    if let id { raw(id.raw) } else { null() }
  }

  /// `"error":{…}`, as native lines and readers of OpenAI lines find it.
  mutating func error(_ error: LineError, lineNumber: Int) {
    key("error")
    beginObject()
    key("code")
    string(error.code)
    key("message")
    string(error.message)
    key("line")
    integer(lineNumber)
    endObject()
  }

  mutating func integers(_ values: [Int32]) {
    beginArray()
    for value in values { integer(value) }
    endArray()
  }

  mutating func stopReason(_ reason: StopReason?) {
    key("stop_reason")
    switch reason {
    case .tokenID(let id): integer(id)
    case .string(let text): string(text)
    case nil: null()
    }
  }

  mutating func finishReason(_ reason: FinishReason?) {
    key("finish_reason")
    if let reason { string(reason.rawValue) } else { null() }
  }
}

extension RequestOutput {
  var completionTokenCount: Int { outputs.reduce(0) { $0 + $1.tokenIDs.count } }
}
