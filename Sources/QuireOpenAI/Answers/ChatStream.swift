import QuireJSON
import QuireRequests

/// The parts of a chat completion: the role, then text and calls as they come, then why it ended.
struct ChatStream: AnswerStream {
  private let frame: StreamFrame
  private let model: [UInt8]?
  private let topCount: Int
  private let showsReasoning: Bool
  private let tokens: TokenReport
  private let tools: ToolUse
  private var counts: StreamCounts
  /// The answers that have begun.
  private var begun: [Int: Course] = [:]

  /// How far one answer has come.
  private struct Course {
    /// Nil where no calls are looked for.
    var reader: ToolCallReader?
    var callCount = 0
  }

  init(
    _ frame: StreamFrame, model: [UInt8]?, topCount: Int, showsReasoning: Bool, tokens: TokenReport,
    tools: ToolUse
  ) {
    self.frame = frame
    self.model = model
    self.topCount = topCount
    self.showsReasoning = showsReasoning
    self.tokens = tokens
    self.tools = tools
    counts = StreamCounts(frame.options)
  }

  mutating func take(_ update: RequestUpdate) -> [[UInt8]] {
    var parts: [[UInt8]] = []
    var course = begun[update.index] ?? Course(reader: ToolCallReader(tools))
    if begun[update.index] == nil { parts.append(beginning(update.index)) }
    counts.add(update)
    let events = course.reader.events(of: update)
    let showsThought = showsReasoning && !update.reasoning.isEmpty
    let hasNews =
      showsThought || !events.isEmpty || update.logprobs != nil || update.finishReason != nil
      || tokens.returnsTokenIDs
    if hasNews {
      let callCount = course.callCount
      parts.append(
        part { writer in
          choice(&writer, update.index, update, callCount: course.callCount + events.callCount) { writer in
            if showsThought { writer.member("reasoning_content", update.reasoning) }
            delta(events, of: update.index, from: callCount, &writer)
          }
        })
      course.callCount += events.callCount
    }
    begun[update.index] = course
    return parts
  }

  /// - Parameter callCount: calls of the answer that have been told.
  private func delta(
    _ events: [ToolCallReader.Event], of index: Int, from callCount: Int, _ writer: inout JSONWriter
  ) {
    let content = events.reduce(into: "") { if case .content(let text) = $1 { $0 += text } }
    if !content.isEmpty { writer.member("content", content) }
    var number = callCount
    let calls = events.filter { if case .content = $0 { false } else { true } }
    guard !calls.isEmpty else { return }
    let ids = tools.ids(of: frame.name)
    writer.key("tool_calls")
    writer.array(calls) { writer, event in
      writer.object { writer in
        switch event {
        case .content: return
        case .call(let call):
          writer.member("index", number)
          writer.toolCall(call, id: ids.id(choice: index, call: number))
          number += 1
        case .furtherArguments(let text):
          writer.member("index", number - 1)
          writer.key("function")
          writer.object { $0.member("arguments", text) }
        }
      }
    }
  }

  func finish() -> [UInt8]? {
    counts.inLast.map { usage in
      part(usage: usage) { writer in
        writer.beginArray()
        writer.endArray()
      }
    }
  }

  /// The part that tells who speaks.
  private func beginning(_ index: Int) -> [UInt8] {
    frame.part(
      object: Self.object, idPrefix: Self.idPrefix, model: model, usage: counts.inPart
    ) { writer in
      choice(&writer, index) { writer in
        writer.member("role", "assistant")
        writer.member("content", "")
      }
    } behind: { writer in
      guard tokens.returnsTokenIDs, let prompt = frame.prompts.first else { return }
      writer.key("prompt_token_ids")
      writer.integers(prompt)
    }
  }

  private static let (object, idPrefix) = ("chat.completion.chunk", "chatcmpl-")

  private func part(usage: Int? = nil, _ choices: (inout JSONWriter) -> Void) -> [UInt8] {
    frame.part(
      object: Self.object, idPrefix: Self.idPrefix, model: model, usage: usage ?? counts.inPart,
      choices: choices)
  }

  private func choice(
    _ writer: inout JSONWriter, _ index: Int, _ update: RequestUpdate? = nil, callCount: Int = 0,
    _ delta: (inout JSONWriter) -> Void
  ) {
    writer.beginArray()
    writer.object { writer in
      writer.member("index", index)
      writer.key("delta")
      writer.object(delta)
      writer.key("logprobs")
      writer.chatLogprobs(tokens.shown(update?.logprobs), topCount: topCount, frame.tokenizer)
      writer.finishReason(update?.finishReason, callCount: callCount)
      if update?.finishReason != nil { writer.stopReason(update?.stopReason) }
      guard tokens.returnsTokenIDs, let update else { return }
      writer.key("token_ids")
      writer.integers(update.tokenIDs)
    }
    writer.endArray()
  }
}

extension [ToolCallReader.Event] {
  /// Calls that begin here.
  fileprivate var callCount: Int {
    reduce(0) { if case .call = $1 { $0 + 1 } else { $0 } }
  }
}
