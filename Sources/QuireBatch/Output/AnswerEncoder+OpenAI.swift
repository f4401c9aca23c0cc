import QuireJSON
import QuireRequests

extension AnswerEncoder {
  func openAIAnswer(
    _ line: inout JSONWriter, _ envelope: LineEnvelope, _ identity: LineIdentity, _ output: RequestOutput,
    _ endpoint: OpenAIEndpoint, _ model: [UInt8]?
  ) {
    beginOpenAI(&line, envelope, identity, status: 200)
    line.beginObject()
    line.key("id")
    line.string((endpoint == .completions ? "cmpl-" : "chatcmpl-") + identity.contentName)
    line.key("object")
    line.string(endpoint == .completions ? "text_completion" : "chat.completion")
    line.key("created")
    line.integer(0)
    line.key("model")
    if let model { line.raw(model) } else { line.string(modelName) }
    line.key("choices")
    line.beginArray()
    for completion in output.outputs { choice(&line, completion, output, envelope.openAI, endpoint) }
    line.endArray()
    line.key("usage")
    line.beginObject()
    line.key("prompt_tokens")
    line.integer(output.promptTokenIDs.count)
    let completionTokenCount = envelope.openAI.showsPromptAlone ? 0 : output.completionTokenCount
    line.key("completion_tokens")
    line.integer(completionTokenCount)
    line.key("total_tokens")
    line.integer(output.promptTokenIDs.count + completionTokenCount)
    line.endObject()
    if parts.contains(.promptTokenIDs) {
      line.key("prompt_token_ids")
      line.integers(output.promptTokenIDs)
    }
    if endpoint == .chatCompletions { promptLogprobs(&line, output, envelope.openAI) }
    line.endObject()
    line.endObject()
    line.key("error")
    line.null()
    line.endObject()
  }

  private func choice(
    _ line: inout JSONWriter, _ completion: CompletionOutput, _ output: RequestOutput,
    _ shape: OpenAIAnswerShape, _ endpoint: OpenAIEndpoint
  ) {
    line.beginObject()
    line.key("index")
    line.integer(completion.index)
    switch endpoint {
    case .chatCompletions:
      line.key("message")
      line.beginObject()
      line.key("role")
      line.string("assistant")
      line.key("content")
      line.string(completion.text)
      line.key("refusal")
      line.null()
      line.endObject()
      line.key("logprobs")
      chatLogprobs(&line, completion, topCount: shape.topLogprobCount)
    case .completions:
      let text = CompletionText(completion, output, shape, tokenizer)
      line.key("text")
      line.string(text.text)
      line.key("logprobs")
      text.writeLogprobs(to: &line, tokenizer)
    }
    line.finishReason(shape.showsPromptAlone ? .length : completion.finishReason)
    line.stopReason(shape.showsPromptAlone ? nil : completion.stopReason)
    if parts.contains(.tokenIDs) {
      line.key("token_ids")
      line.integers(shape.showsPromptAlone ? [] : completion.tokenIDs)
    }
    if endpoint == .completions { promptLogprobs(&line, output, shape) }
    line.endObject()
  }

  /// The body holds the error as a server would send it; the `error` beside it is for readers that look there only,
  /// and carries the line.
  func openAIError(
    _ line: inout JSONWriter, _ envelope: LineEnvelope, _ identity: LineIdentity, _ error: LineError
  ) {
    beginOpenAI(&line, envelope, identity, status: 400)
    line.beginObject()
    line.key("error")
    line.beginObject()
    line.key("message")
    line.string(error.message)
    line.key("type")
    line.string("invalid_request_error")
    line.key("param")
    if let param = error.param { line.string(param) } else { line.null() }
    line.key("code")
    line.string(error.code)
    line.endObject()
    line.endObject()
    line.endObject()
    line.error(error, lineNumber: envelope.index + 1)
    line.endObject()
  }

  /// Everything up to the value of `body`.
  private func beginOpenAI(
    _ line: inout JSONWriter, _ envelope: LineEnvelope, _ identity: LineIdentity, status: Int
  ) {
    line.beginObject()
    line.key("id")
    line.string("batch_req_" + identity.contentName)
    line.customID(envelope.id)
    line.key("response")
    line.beginObject()
    line.key("status_code")
    line.integer(status)
    line.key("request_id")
    line.string("req_" + identity.contentName)
    line.key("body")
  }
}
