import QuireJSON
import QuireRequests

/// The parts of a chat completion: the role, then text as it comes, then why it ended.
struct ChatStream: AnswerStream {
  private let frame: StreamFrame
  private let model: [UInt8]?
  private let topCount: Int
  private let showsReasoning: Bool
  private var counts: StreamCounts
  /// The answers that have begun.
  private var begun: Set<Int> = []

  init(_ frame: StreamFrame, model: [UInt8]?, topCount: Int, showsReasoning: Bool) {
    self.frame = frame
    self.model = model
    self.topCount = topCount
    self.showsReasoning = showsReasoning
    counts = StreamCounts(frame.options)
  }

  mutating func take(_ update: RequestUpdate) -> [[UInt8]] {
    var parts: [[UInt8]] = []
    if begun.insert(update.index).inserted {
      parts.append(
        part { writer in
          choice(&writer, update.index) { writer in
            writer.member("role", "assistant")
            writer.member("content", "")
          }
        })
    }
    counts.add(update)
    let showsThought = showsReasoning && !update.reasoning.isEmpty
    if showsThought || !update.text.isEmpty || update.logprobs != nil || update.finishReason != nil {
      parts.append(
        part { writer in
          choice(&writer, update.index, update) { writer in
            if showsThought { writer.member("reasoning_content", update.reasoning) }
            if !update.text.isEmpty { writer.member("content", update.text) }
          }
        })
    }
    return parts
  }

  func finish() -> [UInt8]? {
    counts.inLast.map { usage in
      part(usage: usage) { writer in
        writer.beginArray()
        writer.endArray()
      }
    }
  }

  private func part(usage: Int? = nil, _ choices: (inout JSONWriter) -> Void) -> [UInt8] {
    frame.part(
      object: "chat.completion.chunk", idPrefix: "chatcmpl-", model: model, usage: usage ?? counts.inPart,
      choices: choices)
  }

  private func choice(
    _ writer: inout JSONWriter, _ index: Int, _ update: RequestUpdate? = nil,
    _ delta: (inout JSONWriter) -> Void
  ) {
    writer.beginArray()
    writer.object { writer in
      writer.member("index", index)
      writer.key("delta")
      writer.object(delta)
      writer.key("logprobs")
      writer.chatLogprobs(update?.logprobs, topCount: topCount, frame.tokenizer)
      writer.finishReason(update?.finishReason)
      if update?.finishReason != nil { writer.stopReason(update?.stopReason) }
    }
    writer.endArray()
  }
}
