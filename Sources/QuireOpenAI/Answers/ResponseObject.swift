import QuireJSON
import QuireRequests
import QuireTokenizers

/// The object that answers the body of a response.
struct ResponseObject {
  let body: ResponseBody
  let answer: AnswerObject

  /// Writes the object. What would be told by a clock is 0.
  func write(to writer: inout JSONWriter) {
    let values = body.request.sampling.values
    let isWhole = answer.outputs.allSatisfy { $0.outputs.allSatisfy { $0.finishReason != .length } }
    writer.object { writer in
      writer.member("id", "resp_" + answer.name)
      writer.member("object", "response")
      writer.member("created_at", 0)
      writer.member("status", isWhole ? "completed" : "incomplete")
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
      for completion in answer.output.outputs { items(of: completion, &writer) }
      writer.endArray()
      writer.member("parallel_tool_calls", body.tools.isParallel)
      writer.member("temperature", values.temperature)
      writer.key("tool_choice")
      writer.raw(body.echo.toolChoice)
      writer.key("tools")
      writer.raw(body.echo.tools)
      writer.member("top_p", values.topP)
      writer.key("usage")
      usage(&writer)
      answer.writePromptTokenIDs(of: answer.output, to: &writer)
    }
  }

  /// What was thought, said and called, an item each.
  private func items(of completion: CompletionOutput, _ writer: inout JSONWriter) {
    let called = CalledAnswer(completion.text, body.tools)
    let status = completion.finishReason == .length ? "incomplete" : "completed"
    if let reasoning = completion.reasoning {
      writer.object { writer in
        writer.member("id", "rs_\(answer.name)_\(completion.index)")
        writer.member("type", "reasoning")
        writer.key("summary")
        writer.beginArray()
        writer.endArray()
        writer.key("content")
        writer.beginArray()
        writer.object { writer in
          writer.member("type", "reasoning_text")
          writer.member("text", reasoning)
        }
        writer.endArray()
        writer.member("status", status)
      }
    }
    if !called.content.isEmpty || called.calls.isEmpty {
      message(called.content, of: completion, status, &writer)
    }
    let ids = body.tools.ids(of: answer.name)
    for (number, call) in called.calls.enumerated() {
      writer.object { writer in
        writer.member("id", "fc_\(answer.name)_\(completion.index)_\(number)")
        writer.member("type", "function_call")
        writer.member("call_id", ids.id(choice: completion.index, call: number))
        writer.member("name", call.name)
        writer.member("arguments", call.arguments)
        writer.member("status", "completed")
      }
    }
  }

  private func message(
    _ text: String, of completion: CompletionOutput, _ status: String, _ writer: inout JSONWriter
  ) {
    writer.object { writer in
      writer.member("id", "msg_\(answer.name)_\(completion.index)")
      writer.member("type", "message")
      writer.member("role", "assistant")
      writer.member("status", status)
      writer.key("content")
      writer.beginArray()
      writer.object { writer in
        writer.member("type", "output_text")
        writer.member("text", text)
        writer.key("annotations")
        writer.beginArray()
        writer.endArray()
        writer.key("logprobs")
        writer.responseLogprobs(
          completion.logprobs ?? [], topCount: body.request.sampling.values.logprobs ?? 0, answer.tokenizer)
      }
      writer.endArray()
      answer.writeTokenIDs(completion.tokenIDs, to: &writer)
      answer.writeParts(of: completion, to: &writer)
    }
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
