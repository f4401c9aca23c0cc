package import QuireJSON
package import QuireOpenAI
import QuireChat
import QuireRequests

extension NativeLine {
  package func write(_ answer: LineAnswer, to writer: inout JSONWriter) {
    let output = answer.output
    writer.object { writer in
      writer.customID(id)
      writer.member("index", answer.place.index)
      writer.key("outputs")
      writer.array(output.outputs) { completion(&$0, $1, answer) }
      if answer.shows(.promptTokenIDs) {
        writer.key("prompt_token_ids")
        writer.integers(output.promptTokenIDs)
      }
      if let logprobs = output.promptLogprobs {
        writer.key("prompt_logprobs")
        writer.nativeLogprobs(logprobs)
      }
      writer.key("usage")
      writer.object { writer in
        writer.member("prompt_tokens", output.promptTokenIDs.count)
        writer.member("completion_tokens", output.completionTokenCount)
      }
      if let history = output.history {
        writer.key("history")
        writer.object { writer in
          writer.member("rounds_kept", history.roundsKept)
          writer.member("rounds_dropped", history.roundsDropped)
          writer.member("user_tokens_cut", history.userTokensCut)
        }
      }
      carriedMetadata(&writer)
      writer.key("error")
      writer.null()
    }
  }

  private func completion(
    _ writer: inout JSONWriter, _ completion: CompletionOutput, _ answer: LineAnswer
  ) {
    writer.object { writer in
      writer.member("index", completion.index)
      writer.member("text", completion.text)
      if let reasoning = completion.reasoning { writer.member("reasoning", reasoning) }
      if answer.shows(.tokenIDs) {
        writer.key("token_ids")
        writer.integers(completion.tokenIDs)
      }
      writer.finishReason(completion.finishReason)
      writer.stopReason(completion.stopReason)
      if let logprob = completion.cumulativeLogprob { writer.member("cumulative_logprob", logprob) }
      writer.parts(
        of: completion, usage: answer.shows(.usage), unforcedLogprob: answer.shows(.unforcedLogprob))
      if let logprobs = completion.logprobs {
        writer.key("logprobs")
        writer.nativeLogprobs(logprobs)
      }
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

  private func carriedMetadata(_ writer: inout JSONWriter) {
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

  /// An array of a position each: an array of its entries, or null.
  fileprivate mutating func nativeLogprobs(_ positions: [PositionLogprobs?]) {
    array(positions) { writer, entries in
      guard let entries else { return writer.null() }
      writer.array(entries) { writer, entry in
        writer.object { writer in
          writer.key("token_id")
          writer.integer(entry.tokenID)
          writer.member("token", entry.text)
          writer.key("logprob")
          writer.number(entry.logprob)
          writer.member("rank", entry.rank)
        }
      }
    }
  }
}
