import QuireJSON
import QuireRequests
import QuireTokenizers

/// The items that the `output` of a response is made of.
struct ResponseItems {
  let body: ResponseBody
  /// What ids are made of.
  let answerName: String
  let tokenizer: Tokenizer

  /// The id of an item.
  func id(_ kind: String, _ index: Int) -> String { "\(kind)_\(answerName)_\(index)" }

  /// What was thought; nil writes the item before its first text.
  func thought(_ text: String?, of index: Int, _ status: String, _ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", id("rs", index))
      writer.member("type", "reasoning")
      writer.key("summary")
      writer.array([String]()) { $0.string($1) }
      writer.key("content")
      writer.array(text.map { [$0] } ?? []) { writer, text in
        writer.object { writer in
          writer.member("type", "reasoning_text")
          writer.member("text", text)
        }
      }
      writer.member("status", status)
    }
  }

  /// What was said; nil writes the item before its first text.
  func message(
    _ text: String?, _ logprobs: [PositionLogprobs], of index: Int, _ status: String,
    _ writer: inout JSONWriter,
    behind: (inout JSONWriter) -> Void = { _ in }
  ) {
    writer.object { writer in
      writer.member("id", id("msg", index))
      writer.member("type", "message")
      writer.member("role", "assistant")
      writer.member("status", status)
      writer.key("content")
      writer.array(text.map { [$0] } ?? []) { self.part($1, logprobs, &$0) }
      behind(&writer)
    }
  }

  /// The one part of what was said.
  func part(_ text: String, _ logprobs: [PositionLogprobs], _ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("type", "output_text")
      writer.member("text", text)
      writer.key("annotations")
      writer.array([String]()) { $0.string($1) }
      writer.key("logprobs")
      self.logprobs(logprobs, &writer)
    }
  }

  /// Log-probabilities of the tokens of what was said.
  func logprobs(_ positions: [PositionLogprobs], _ writer: inout JSONWriter) {
    let sampling = body.request.sampling.values
    let count = sampling.logprobTokenIDs.isEmpty ? sampling.logprobs ?? 0 : -1
    writer.responseLogprobs(positions, topCount: count, tokenizer)
  }

  /// What was called.
  func call(_ call: ToolCall, _ number: Int, of index: Int, _ status: String, _ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", id("fc_\(number)", index))
      writer.member("type", "function_call")
      writer.member("call_id", body.tools.ids(of: answerName).id(choice: index, call: number))
      writer.member("name", call.name)
      writer.member("arguments", call.arguments)
      writer.member("status", status)
    }
  }
}
