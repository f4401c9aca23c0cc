package import QuireJSON
package import QuireRequests
package import QuireTokenizers

/// What the object is made of that answers a body: a finished output, and how it is shown.
package struct AnswerObject {
  /// The finished outputs, one for each prompt of the body: at least one.
  package let outputs: [RequestOutput]
  /// The name that the object's id is made of; it depends on the body alone, so that the bytes do, too.
  package let name: String
  /// `model` where the body names none.
  package let modelName: String
  /// What spells the tokens.
  package let tokenizer: Tokenizer
  /// Whether the answer's token ids are shown.
  package private(set) var showsTokenIDs: Bool
  /// Whether the prompt's token ids are shown.
  package private(set) var showsPromptTokenIDs: Bool
  /// Whether each choice has its own token count.
  package let showsUsage: Bool
  /// Whether each choice has its log-probability without the tokens that were forced.
  package let showsUnforcedLogprob: Bool

  /// An answer; each argument is the field of its name.
  package init(
    outputs: [RequestOutput], name: String, modelName: String, tokenizer: Tokenizer,
    showsTokenIDs: Bool = false,
    showsPromptTokenIDs: Bool = false, showsUsage: Bool = false, showsUnforcedLogprob: Bool = false
  ) {
    self.outputs = outputs
    self.name = name
    self.modelName = modelName
    self.tokenizer = tokenizer
    self.showsTokenIDs = showsTokenIDs
    self.showsPromptTokenIDs = showsPromptTokenIDs
    self.showsUsage = showsUsage
    self.showsUnforcedLogprob = showsUnforcedLogprob
  }

  /// The output of a body that has one prompt; of several the first.
  var output: RequestOutput { outputs[0] }

  /// The answer to a body that asks for its tokens.
  func showing(_ tokens: TokenReport) -> AnswerObject {
    guard tokens.returnsTokenIDs else { return self }
    var answer = self
    (answer.showsTokenIDs, answer.showsPromptTokenIDs) = (true, true)
    return answer
  }

  /// Writes the object; `choices` writes the array of choices and what follows it.
  func write(
    object: String, idPrefix: String, model: [UInt8]?, to writer: inout JSONWriter,
    choices: (inout JSONWriter) -> Void
  ) {
    writer.object { writer in
      writer.answerHead(object, id: idPrefix + name, model: model, orNamed: modelName)
      choices(&writer)
    }
  }

  /// - Parameter hidesAnswer: whether the answer's tokens do not count, since none is shown.
  func writeUsage(hidesAnswer: Bool = false, to writer: inout JSONWriter) {
    writer.usage(
      promptTokenCount: outputs.reduce(0) { $0 + $1.promptTokenIDs.count },
      completionTokenCount: hidesAnswer ? 0 : outputs.reduce(0) { $0 + $1.completionTokenCount })
  }

  func writeTokenIDs(_ tokenIDs: [Int32], to writer: inout JSONWriter) {
    guard showsTokenIDs else { return }
    writer.key("token_ids")
    writer.integers(tokenIDs)
  }

  /// What a choice has beyond what OpenAI and vLLM give it, where it was asked for.
  func writeParts(of completion: CompletionOutput, to writer: inout JSONWriter) {
    writer.parts(of: completion, usage: showsUsage, unforcedLogprob: showsUnforcedLogprob)
  }

  func writePromptTokenIDs(of output: RequestOutput, to writer: inout JSONWriter) {
    guard showsPromptTokenIDs else { return }
    writer.key("prompt_token_ids")
    writer.integers(output.promptTokenIDs)
  }

  /// vLLM's `prompt_logprobs`, where they were asked for.
  func writePromptLogprobs(of output: RequestOutput, to writer: inout JSONWriter) {
    guard let positions = output.promptLogprobs else { return }
    writer.key("prompt_logprobs")
    writer.promptLogprobs(positions)
  }
}

extension InputError {
  /// Writes the object that a server answers a wrong body with.
  package func writeObject(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("error")
      writer.object { writer in
        writer.member("message", message)
        writer.member("type", status < 500 ? "invalid_request_error" : "server_error")
        writer.member("param", param)
        writer.member("code", code.rawValue)
      }
    }
  }
}

extension JSONWriter {
  /// What an answer, or a part of one, begins with; the value of `choices` has to follow.
  ///
  /// - Parameters:
  ///   - object: its kind, such as `chat.completion`.
  ///   - model: the body's own as JSON; nil where it names none.
  ///   - modelName: what stands for it then.
  mutating func answerHead(_ object: String, id: String, model: [UInt8]?, orNamed modelName: String) {
    member("id", id)
    member("object", object)
    member("created", 0)
    key("model")
    if let model { raw(model) } else { string(modelName) }
    key("choices")
  }

  /// OpenAI's `usage` object.
  mutating func usage(promptTokenCount: Int, completionTokenCount: Int) {
    object { writer in
      writer.member("prompt_tokens", promptTokenCount)
      writer.member("completion_tokens", completionTokenCount)
      writer.member("total_tokens", promptTokenCount + completionTokenCount)
    }
  }

  /// An array of whole numbers.
  package mutating func integers(_ values: [Int32]) {
    array(values) { $0.integer($1) }
  }

  /// `usage` and `unforced_logprob` of one text of an answer, as far as they are wanted.
  package mutating func parts(of completion: CompletionOutput, usage: Bool, unforcedLogprob: Bool) {
    if unforcedLogprob, let logprob = completion.unforcedLogprob { member("unforced_logprob", logprob) }
    guard usage else { return }
    key("usage")
    object { $0.member("completion_tokens", completion.tokenIDs.count) }
  }

  /// `stop_reason`: a token's id, a string, or null.
  package mutating func stopReason(_ reason: StopReason?) {
    key("stop_reason")
    switch reason {
    case .tokenID(let id): integer(id)
    case .string(let text): string(text)
    case nil: null()
    }
  }

  /// `finish_reason`, or null.
  package mutating func finishReason(_ reason: FinishReason?) {
    member("finish_reason", reason?.rawValue)
  }
}

extension RequestOutput {
  /// Tokens of all the answers that are given.
  package var completionTokenCount: Int { outputs.reduce(0) { $0 + $1.tokenIDs.count } }

  /// Tokens that the request gives: of its prompt, and of each text that is scored.
  package var givenTokenCount: Int {
    promptTokenIDs.count + (scores ?? []).reduce(0) { $0 + $1.tokenIDs.count }
  }
}
