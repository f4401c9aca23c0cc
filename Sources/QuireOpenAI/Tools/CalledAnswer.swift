import QuireJSON
import QuireRequests

/// An answer with the calls taken out of its text.
struct CalledAnswer {
  /// What is said.
  private(set) var content = ""
  /// What is called.
  private(set) var calls: [ToolCall] = []
  /// Whether the first call comes before all that is said.
  private(set) var beginsWithCall = false

  init(_ text: String, _ use: ToolUse) {
    guard var reader = ToolCallReader(use) else {
      content = text
      return
    }
    for event in reader.feed(text) + reader.finish() {
      switch event {
      case .content(let text): content += text
      case .call(let call):
        beginsWithCall = beginsWithCall || content.isEmpty
        calls.append(call)
      case .furtherArguments(let text): calls[calls.count - 1].arguments += text
      }
    }
  }
}

extension JSONWriter {
  /// OpenAI's `tool_calls`; nothing where there are none.
  mutating func toolCalls(_ calls: [ToolCall], choice: Int, _ ids: ToolCallIDs) {
    guard !calls.isEmpty else { return }
    key("tool_calls")
    array(Array(calls.enumerated())) { writer, call in
      writer.object { $0.toolCall(call.element, id: ids.id(choice: choice, call: call.offset)) }
    }
  }

  /// The members of a call.
  mutating func toolCall(_ call: ToolCall, id: String) {
    member("id", id)
    member("type", "function")
    key("function")
    object { writer in
      writer.member("name", call.name)
      writer.member("arguments", call.arguments)
    }
  }

  /// `finish_reason` of an answer that may have ended with calls.
  mutating func finishReason(_ reason: FinishReason?, callCount: Int) {
    if reason == .stop, callCount > 0 { member("finish_reason", "tool_calls") } else { finishReason(reason) }
  }
}
