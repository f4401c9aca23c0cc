import QuireJSON
import QuireRequests
import QuireTokenizers

extension AnswerEncoder {
  /// A chat's `logprobs`: each token with its bytes, and the most likely ones by rank.
  ///
  /// - Parameter topCount: how many of those the line asks for, −1 for all.
  func chatLogprobs(_ line: inout JSONWriter, _ completion: CompletionOutput, topCount: Int) {
    guard let positions = completion.logprobs else { return line.null() }
    line.beginObject()
    line.key("content")
    line.beginArray()
    for entries in positions {
      line.beginObject()
      chatEntry(&line, entries[0])
      line.key("top_logprobs")
      line.beginArray()
      for entry in entries.likeliest(topCount) {
        line.beginObject()
        chatEntry(&line, entry)
        line.endObject()
      }
      line.endArray()
      line.endObject()
    }
    line.endArray()
    line.key("refusal")
    line.null()
    line.endObject()
  }

  private func chatEntry(_ line: inout JSONWriter, _ entry: TokenLogprob) {
    line.key("token")
    line.string(entry.name)
    line.key("logprob")
    line.number(entry.logprob)
    line.key("bytes")
    line.beginArray()
    for byte in tokenizer.bytes(of: entry.tokenID) { line.integer(byte) }
    line.endArray()
  }

  /// vLLM's `prompt_logprobs`: an array of null or an object by token id.
  func promptLogprobs(_ line: inout JSONWriter, _ output: RequestOutput, _ shape: OpenAIAnswerShape) {
    guard let positions = output.promptLogprobs, !shape.hidesPromptLogprobs else { return }
    line.key("prompt_logprobs")
    line.beginArray()
    for entries in positions {
      guard let entries else {
        line.null()
        continue
      }
      line.beginObject()
      for entry in entries {
        line.textKey(String(entry.tokenID))
        line.beginObject()
        line.key("logprob")
        line.number(entry.logprob)
        line.key("rank")
        line.integer(entry.rank)
        line.key("decoded_token")
        line.stringOrNull(entry.text)
        line.endObject()
      }
      line.endObject()
    }
    line.endArray()
  }
}

extension TokenLogprob {
  /// The token's text in OpenAI's forms; without one its id, as vLLM writes it.
  var name: String { text ?? "token_id:\(tokenID)" }
}

extension PositionLogprobs {
  /// The `count` most likely tokens by rank (−1: all), the position's own in its place where it is one of them.
  fileprivate func likeliest(_ count: Int) -> ArraySlice<TokenLogprob> {
    sorted { ($0.rank, $0.tokenID) < ($1.rank, $1.tokenID) }.prefix(count < 0 ? self.count : count)
  }
}
