import QuireChat
import QuireJSON
import QuireRequests

extension AnswerEncoder {
  func nativeAnswer(
    _ line: inout JSONWriter, _ envelope: LineEnvelope, _ output: RequestOutput, _ history: HistoryReport?
  ) {
    line.beginObject()
    line.customID(envelope.id)
    line.key("index")
    line.integer(envelope.index)
    line.key("outputs")
    line.beginArray()
    for completion in output.outputs { nativeCompletion(&line, completion) }
    line.endArray()
    if parts.contains(.promptTokenIDs) {
      line.key("prompt_token_ids")
      line.integers(output.promptTokenIDs)
    }
    if let logprobs = output.promptLogprobs {
      line.key("prompt_logprobs")
      line.nativeLogprobs(logprobs)
    }
    line.key("usage")
    line.beginObject()
    line.key("prompt_tokens")
    line.integer(output.promptTokenIDs.count)
    line.key("completion_tokens")
    line.integer(output.completionTokenCount)
    line.endObject()
    if let history {
      line.key("history")
      line.beginObject()
      line.key("rounds_kept")
      line.integer(history.roundsKept)
      line.key("rounds_dropped")
      line.integer(history.roundsDropped)
      line.key("user_tokens_cut")
      line.integer(history.userTokensCut)
      line.endObject()
    }
    carriedMetadata(&line, envelope)
    line.key("error")
    line.null()
    line.endObject()
  }

  private func nativeCompletion(_ line: inout JSONWriter, _ completion: CompletionOutput) {
    line.beginObject()
    line.key("index")
    line.integer(completion.index)
    line.key("text")
    line.string(completion.text)
    if parts.contains(.tokenIDs) {
      line.key("token_ids")
      line.integers(completion.tokenIDs)
    }
    line.finishReason(completion.finishReason)
    line.stopReason(completion.stopReason)
    if let logprob = completion.cumulativeLogprob {
      line.key("cumulative_logprob")
      line.number(logprob)
    }
    if let logprobs = completion.logprobs {
      line.key("logprobs")
      line.nativeLogprobs(logprobs)
    }
    line.endObject()
  }

  func nativeError(_ line: inout JSONWriter, _ envelope: LineEnvelope, _ error: LineError) {
    line.beginObject()
    line.customID(envelope.id)
    line.key("index")
    line.integer(envelope.index)
    carriedMetadata(&line, envelope)
    line.error(error, lineNumber: envelope.index + 1)
    line.endObject()
  }

  private func carriedMetadata(_ line: inout JSONWriter, _ envelope: LineEnvelope) {
    guard let metadata = envelope.metadata else { return }
    line.key("metadata")
    line.raw(metadata)
  }
}

extension JSONWriter {
  /// An array of a position each: an array of its entries, or null.
  fileprivate mutating func nativeLogprobs(_ positions: [PositionLogprobs?]) {
    beginArray()
    for entries in positions {
      guard let entries else {
        null()
        continue
      }
      beginArray()
      for entry in entries {
        beginObject()
        key("token_id")
        integer(entry.tokenID)
        key("token")
        stringOrNull(entry.text)
        key("logprob")
        number(entry.logprob)
        key("rank")
        integer(entry.rank)
        endObject()
      }
      endArray()
    }
    endArray()
  }
}
