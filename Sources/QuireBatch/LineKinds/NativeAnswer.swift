package import QuireJSON
package import QuireOpenAI
import QuireChat
import QuireRequests

extension NativeLine {
  package func write(_ answer: LineAnswer, to writer: inout JSONWriter) {
    if let dialogue { return write(answer, of: dialogue, to: &writer) }
    if let scored { return write(answer, of: scored, to: &writer) }
    let output = answer.output
    writer.object { writer in
      writer.customID(id)
      writer.member("index", answer.place.index)
      writer.key("outputs")
      writer.array(output.outputs) { writer, completion in
        writer.object {
          members(&$0, completion, answer, index: completion.index, showsUsage: answer.shows(.usage))
        }
      }
      promptParts(of: output, answer, &writer)
      writer.usage(
        promptTokenCount: output.promptTokenIDs.count, completionTokenCount: output.completionTokenCount)
      writer.history(output.history)
      carriedMetadata(&writer)
      writer.key("error")
      writer.null()
    }
  }

  /// The prompt's ids and log-probabilities, as far as they are asked for.
  func promptParts(of output: RequestOutput, _ answer: LineAnswer, _ writer: inout JSONWriter) {
    if answer.shows(.promptTokenIDs) {
      writer.key("prompt_token_ids")
      writer.integers(output.promptTokenIDs)
    }
    if let logprobs = output.promptLogprobs {
      writer.key("prompt_logprobs")
      writer.nativeLogprobs(logprobs)
    }
  }

  /// The members of an answer's object.
  func members(
    _ writer: inout JSONWriter, _ completion: CompletionOutput, _ answer: LineAnswer, index: Int,
    showsUsage: Bool
  ) {
    writer.member("index", index)
    writer.member("text", completion.text)
    if let reasoning = completion.reasoning { writer.member("reasoning", reasoning) }
    if answer.shows(.tokenIDs) {
      writer.key("token_ids")
      writer.integers(completion.tokenIDs)
    }
    writer.finishReason(completion.finishReason)
    writer.stopReason(completion.stopReason)
    if let logprob = completion.cumulativeLogprob { writer.member("cumulative_logprob", logprob) }
    writer.parts(of: completion, usage: showsUsage, unforcedLogprob: answer.shows(.unforcedLogprob))
    if let logprobs = completion.logprobs {
      writer.key("logprobs")
      writer.nativeLogprobs(logprobs)
    }
  }

  package func write(_ error: InputError, of place: LinePlace, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.customID(id)
      writer.member("index", place.index)
      carriedMetadata(&writer)
      writer.error(error, at: place.origin)
    }
  }

  func carriedMetadata(_ writer: inout JSONWriter) {
    guard let metadata else { return }
    writer.key("metadata")
    writer.raw(metadata)
  }
}

extension JSONWriter {
  /// `custom_id`: the line's id as typed, or null.
  mutating func customID(_ id: LineID?) {
    key("custom_id")
    if let id { raw(id.raw) } else { null() }
  }

  /// `"error":{…}`, as native lines and readers of OpenAI lines find it.
  mutating func error(_ error: InputError, at origin: LineOrigin) {
    key("error")
    object { writer in
      writer.member("code", error.code.rawValue)
      writer.member("message", error.message)
      writer.member("line", origin.lineNumber)
      if let file = origin.file { writer.member("file", file) }
    }
  }

  /// `usage` of a line, or of one turn.
  mutating func usage(promptTokenCount: Int, completionTokenCount: Int) {
    key("usage")
    object { writer in
      writer.member("prompt_tokens", promptTokenCount)
      writer.member("completion_tokens", completionTokenCount)
    }
  }

  /// `history`, where there is one.
  mutating func history(_ history: HistoryReport?) {
    guard let history else { return }
    key("history")
    object { writer in
      writer.member("rounds_kept", history.roundsKept)
      writer.member("rounds_dropped", history.roundsDropped)
      writer.member("user_tokens_cut", history.userTokensCut)
    }
  }
}
