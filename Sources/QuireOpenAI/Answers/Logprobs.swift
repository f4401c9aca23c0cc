import QuireJSON
import QuireRequests
import QuireTokenizers

extension JSONWriter {
  /// A chat's `logprobs`: each token with its bytes, and the most likely ones by rank.
  ///
  /// - Parameters:
  ///   - positions: those of the tokens; nil writes null.
  ///   - topCount: how many of the most likely ones are asked for, −1 for all.
  mutating func chatLogprobs(_ positions: [PositionLogprobs]?, topCount: Int, _ tokenizer: Tokenizer) {
    guard let positions else { return null() }
    object { writer in
      writer.key("content")
      writer.responseLogprobs(positions, topCount: topCount, tokenizer)
      writer.key("refusal")
      writer.null()
    }
  }

  /// The same of a response: an array.
  mutating func responseLogprobs(
    _ positions: [PositionLogprobs], topCount: Int, _ tokenizer: Tokenizer
  ) {
    array(positions) { writer, entries in
      writer.object { writer in
        writer.chatEntry(entries[0], tokenizer)
        writer.key("top_logprobs")
        writer.array(entries.likeliest(topCount)) { writer, entry in
          writer.object { $0.chatEntry(entry, tokenizer) }
        }
      }
    }
  }

  private mutating func chatEntry(_ entry: TokenLogprob, _ tokenizer: Tokenizer) {
    member("token", entry.name)
    key("logprob")
    number(entry.logprob)
    key("bytes")
    array(Array(tokenizer.bytes(of: entry.tokenID))) { $0.integer($1) }
  }

  /// vLLM's `prompt_logprobs`: an array of null or an object by token id.
  mutating func promptLogprobs(_ positions: [PositionLogprobs?]) {
    array(positions) { writer, entries in
      guard let entries else { return writer.null() }
      writer.object { writer in
        for entry in entries {
          writer.textKey(String(entry.tokenID))
          writer.object { writer in
            writer.key("logprob")
            writer.number(entry.logprob)
            writer.member("rank", entry.rank)
            writer.member("decoded_token", entry.text)
          }
        }
      }
    }
  }
}

extension TokenLogprob {
  /// The token's text in OpenAI's forms; without one its id, as vLLM writes it.
  var name: String { text ?? Self.name(ofID: tokenID) }

  /// A token's name without its text.
  static func name(ofID id: Int32) -> String { "token_id:\(id)" }
}

extension PositionLogprobs {
  /// The `count` most likely tokens by rank (−1: all), the position's own in its place where it is one of them.
  fileprivate func likeliest(_ count: Int) -> [TokenLogprob] {
    Array(
      sorted { ($0.rank, $0.tokenID) < ($1.rank, $1.tokenID) }.prefix(count < 0 ? self.count : count))
  }
}
