import QuireJSON
import QuireRequests
import QuireTokenizers

/// The object that answers the body of a response.
struct ResponseObject {
  let body: ResponseBody
  let answer: AnswerObject
  /// Whether the answer has only begun.
  var isOpen = false

  /// Writes the object. What would be told by a clock is 0.
  func write(to writer: inout JSONWriter) {
    let values = body.request.sampling.values
    let isWhole = answer.outputs.allSatisfy { $0.outputs.allSatisfy { $0.finishReason != .length } }
    writer.object { writer in
      writer.member("id", "resp_" + answer.name)
      writer.member("object", "response")
      writer.member("created_at", 0)
      writer.member("status", isOpen ? "in_progress" : isWhole ? "completed" : "incomplete")
      writer.key("error")
      writer.null()
      writer.key("incomplete_details")
      if isWhole { writer.null() } else { writer.object { $0.member("reason", "max_output_tokens") } }
      writer.key("instructions")
      writer.stringOrNull(body.echo.instructions)
      writer.key("max_output_tokens")
      if let count = values.maxTokens { writer.integer(count) } else { writer.null() }
      if let metadata = body.echo.metadata {
        writer.key("metadata")
        writer.raw(metadata)
      }
      writer.key("model")
      if let model = body.echo.model { writer.raw(model) } else { writer.string(answer.modelName) }
      writer.key("output")
      writer.beginArray()
      if !isOpen { for completion in answer.output.outputs { items(of: completion, &writer) } }
      writer.endArray()
      writer.member("parallel_tool_calls", body.tools.isParallel)
      writer.member("temperature", values.temperature)
      writer.key("tool_choice")
      writer.raw(body.echo.toolChoice)
      writer.key("tools")
      writer.raw(body.echo.tools)
      writer.member("top_p", values.topP)
      writer.key("usage")
      if isOpen { writer.null() } else { usage(&writer) }
      answer.writePromptTokenIDs(of: answer.output, to: &writer)
    }
  }

  /// What was thought, said and called, an item each.
  private func items(of completion: CompletionOutput, _ writer: inout JSONWriter) {
    let called = CalledAnswer(completion.text, body.tools)
    let names = ResponseItems(body: body, answerName: answer.name, tokenizer: answer.tokenizer)
    let status = completion.finishReason == .length ? "incomplete" : "completed"
    if let reasoning = completion.reasoning {
      names.thought(reasoning, of: completion.index, status, &writer)
    }
    let says = !called.content.isEmpty || called.calls.isEmpty
    func message() {
      names.message(called.content, completion.logprobs ?? [], of: completion.index, status, &writer) {
        writer in
        answer.writeTokenIDs(completion.tokenIDs, to: &writer)
        answer.writeParts(of: completion, to: &writer)
      }
    }
    // In the order in which they began.
    if says, !called.beginsWithCall { message() }
    for (number, call) in called.calls.enumerated() {
      names.call(call, number, of: completion.index, "completed", &writer)
    }
    if says, called.beginsWithCall { message() }
  }

  /// What a cache found is no part of an answer; thoughts are counted by their text.
  private func usage(_ writer: inout JSONWriter) {
    let promptCount = answer.outputs.reduce(0) { $0 + $1.promptTokenIDs.count }
    let count = answer.outputs.reduce(0) { $0 + $1.completionTokenCount }
    let thoughtCount = answer.output.outputs.reduce(0) { sum, completion in
      sum
        + (completion.reasoning.map { answer.tokenizer.encode($0, recognizeSpecialTokens: false).count } ?? 0)
    }
    writer.object { writer in
      writer.member("input_tokens", promptCount)
      writer.key("input_tokens_details")
      writer.object { writer in
        writer.member("cache_write_tokens", 0)
        writer.member("cached_tokens", 0)
      }
      writer.member("output_tokens", count)
      writer.key("output_tokens_details")
      writer.object { $0.member("reasoning_tokens", min(thoughtCount, count)) }
      writer.member("total_tokens", promptCount + count)
    }
  }
}
