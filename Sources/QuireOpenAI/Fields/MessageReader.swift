package import QuireJSON
package import QuireRequests

/// Reads conversations: OpenAI's `messages`.
package enum MessageReader {
  /// `[{"role", "content"}, …]`. What their order may be, and which roles there are, is a matter of the model's chat
  /// template; members that OpenAI does not have are carried to it.
  ///
  /// - Parameter system: the text that stands before a conversation without one; nil for none.
  package static func messages(
    _ list: JSONView, path: String, system: String?
  ) throws(InputError) -> [ChatMessage] {
    guard list.kind == .array else { throw list.typeError(path, expected: "a list of messages") }
    var messages: [ChatMessage] = []
    try list.forEachElement { index, element throws(InputError) in
      messages.append(try message(element, path: "\(path)[\(index)]"))
    }
    guard let first = messages.first else {
      throw InputError(.invalidMessages, "\(path): found an empty list, expected a message", param: path)
    }
    guard let system, first.role != .system, first.role != .developer else { return messages }
    return [.system(system)] + messages
  }

  /// One message of a conversation, an object.
  package static func message(
    _ value: JSONView, path: @autoclosure () -> String
  ) throws(InputError) -> ChatMessage {
    guard value.kind == .object else {
      throw value.typeError(path(), expected: "an object with role and content")
    }
    var role: ChatMessage.Role?
    var content: String?
    var refusal: String?
    var functionCall: JSONText?
    var message = ChatMessage.user("")
    for member in try value.members() where !member.value.isNull {
      func place() -> String { "\(path()).\(member.key)" }
      switch member.key {
      case "role": role = try self.role(member.value, path: place())
      case "content": content = try text(member.value, path: place())
      case "name": message.name = try member.value.string(place())
      case "reasoning_content", "reasoning", "thinking":
        message.reasoning = try text(member.value, path: place())
      case "refusal": refusal = try member.value.string(place())
      case "function_call": functionCall = try member.value.jsonText(place())
      default:
        // Answers that come back as history carry empty fields, such as "annotations": [].
        if member.value.kind == .array && member.value.isEmptyContainer { continue }
        message.fields[try member.name(in: path())] = try member.value.jsonText(place())
      }
    }
    guard let role else { throw InputError(.missingField, "\(path()): the role is missing", param: path()) }
    // An answer may be calls of tools, or a refusal, alone; tools may return nothing.
    guard let content = content ?? refusal ?? (mayBeEmpty.contains(role) ? "" : nil) else {
      throw InputError(.missingField, "\(path()): the content is missing", param: path())
    }
    message.role = role
    message.content = content
    if let functionCall, message.fields["tool_calls"] == nil {
      // What calls were before there were tools.
      message.fields["tool_calls"] = JSONText(#"[{"type":"function","function":\#(functionCall.text)}]"#)
    }
    return message
  }

  /// Whose messages may lack a content.
  private static let mayBeEmpty: Set<ChatMessage.Role> = [.assistant, .tool, .function]

  /// Longer names of roles are in no template.
  private static let longestRole = 64

  private static func role(
    _ value: JSONView, path: @autoclosure () -> String
  ) throws(InputError) -> ChatMessage.Role {
    let name = try value.string(path())
    guard !name.isEmpty, name.utf8.count <= longestRole else {
      throw InputError(
        .invalidMessages, "\(path()): found \(Excerpt.quoted(name)), expected a role, as in \"user\"",
        param: path())
    }
    return ChatMessage.Role(rawValue: name)
  }

  /// A string, or text parts, which are joined by line feeds, as vLLM does (`vllm/entrypoints/chat_utils.py`).
  static func text(
    _ value: JSONView, path: @autoclosure () -> String
  ) throws(InputError) -> String {
    switch value.kind {
    case .string: return value.decodedString
    case .array:
      var texts: [String] = []
      try value.forEachElement { index, part throws(InputError) in
        texts.append(try partText(part, path: "\(path())[\(index)]"))
      }
      return texts.joined(separator: "\n")
    default: throw value.typeError(path(), expected: "a string or a list of text parts")
    }
  }

  /// The parts that are texts, by type: the member that holds it.
  private static let textMembers = [
    "text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal",
    "reasoning_text": "text", "summary_text": "text",
  ]

  private static func partText(_ part: JSONView, path: String) throws(InputError) -> String {
    if part.kind == .string { return part.decodedString }
    guard part.kind == .object else { throw part.typeError(path, expected: "a text part") }
    let members = try part.members()
    let type = try members.first { $0.key == "type" }?.value.word("\(path).type")
    guard let type, let name = textMembers[type] else {
      throw InputError(
        .unsupported,
        "\(path): found a part of type \(type.map { Excerpt.quoted($0) } ?? "(missing)"), expected \"text\"",
        param: "\(path).type")
    }
    guard let text = members.first(where: { $0.key == name })?.value else {
      throw InputError(.missingField, "\(path): the \(name) is missing", param: "\(path).\(name)")
    }
    return try text.string("\(path).\(name)")
  }
}
