import QuireRequests
import QuireJSON
import QuireChat

/// Reads conversations: OpenAI's `messages` and the native `history`.
enum MessageReader {
  typealias Round = (user: String, assistant: String)

  /// `[{"role", "content"}, …]`: system only first, the last from the user. Any other role, part or key is refused
  /// by its name.
  static func messages(_ list: JSONView, path: String) throws(LineError) -> [ChatMessage] {
    guard list.kind == .array else { throw list.typeError(path, expected: "a list of messages") }
    var messages: [ChatMessage] = []
    try list.forEachElement { index, element throws(LineError) in
      let message = try message(element, path: "\(path)[\(index)]")
      guard message.role != .system || index == 0 else {
        throw LineError(
          .invalidMessages,
          "\(path)[\(index)]: found the role \"system\", which only the first message may have",
          param: path)
      }
      messages.append(message)
    }
    guard let last = messages.last else {
      throw LineError(.invalidMessages, "\(path): found an empty list, expected a message", param: path)
    }
    guard last.role == .user else {
      throw LineError(
        .invalidMessages,
        "\(path): found the role \"\(last.role.rawValue)\" in the last message, expected \"user\"",
        param: path)
    }
    return messages
  }

  private static func message(_ value: JSONView, path: String) throws(LineError) -> ChatMessage {
    guard value.kind == .object else {
      throw value.typeError(path, expected: "an object with role and content")
    }
    var role: ChatMessage.Role?
    var content: String?
    for member in try value.members() {
      switch member.key {
      case "role":
        let name = try member.value.string("\(path).role")
        role = ChatMessage.Role(rawValue: name)
        guard role != nil else {
          throw LineError(
            .invalidMessages,
            "\(path).role: found \(Excerpt.quoted(name)), expected \"system\", \"user\" or \"assistant\"",
            param: "\(path).role")
        }
      case "content": content = try text(member.value, path: "\(path).content")
      default:
        // Answers that come back as history carry empty fields such as "refusal": null.
        let isEmpty = member.value.isNull || (member.value.kind == .array && member.value.isEmptyContainer)
        guard isEmpty else {
          throw LineError(
            .unknownField, "\(path): found \(Excerpt.quoted(member.key)), expected role and content only",
            param: "\(path).\(member.key)")
        }
      }
    }
    guard let role else { throw LineError(.missingField, "\(path): the role is missing", param: path) }
    guard let content else { throw LineError(.missingField, "\(path): the content is missing", param: path) }
    return ChatMessage(role: role, content: content)
  }

  /// A string, or text parts, which are joined by line feeds, as vLLM does (`vllm/entrypoints/chat_utils.py`).
  private static func text(_ value: JSONView, path: String) throws(LineError) -> String {
    switch value.kind {
    case .string: return value.decodedString
    case .array:
      var texts: [String] = []
      try value.forEachElement { index, part throws(LineError) in
        texts.append(try partText(part, path: "\(path)[\(index)]"))
      }
      return texts.joined(separator: "\n")
    default: throw value.typeError(path, expected: "a string or a list of text parts")
    }
  }

  private static func partText(_ part: JSONView, path: String) throws(LineError) -> String {
    guard part.kind == .object else { throw part.typeError(path, expected: "a text part") }
    var text: String?
    var type: String?
    for member in try part.members() {
      switch member.key {
      case "type": type = try member.value.string("\(path).type")
      case "text": text = try member.value.string("\(path).text")
      default: continue
      }
    }
    guard type == "text" else {
      throw LineError(
        .unsupported,
        "\(path): found a part of type \(type.map { Excerpt.quoted($0) } ?? "(missing)"), expected \"text\"",
        param: "\(path).type")
    }
    guard let text else {
      throw LineError(.missingField, "\(path): the text is missing", param: "\(path).text")
    }
    return text
  }

  /// `[["user", "assistant"], …]`, oldest first.
  static func history(_ list: JSONView) throws(LineError) -> [Round] {
    guard list.kind == .array else {
      throw list.typeError("history", expected: "a list of [user, assistant] pairs")
    }
    var rounds: [Round] = []
    try list.forEachElement { index, element throws(LineError) in
      let path = "history[\(index)]"
      guard element.kind == .array else {
        throw element.typeError(path, expected: "a pair [user, assistant]")
      }
      var texts: [String] = []
      try element.forEachElement { place, text throws(LineError) in
        texts.append(try text.string("\(path)[\(place)]"))
      }
      guard texts.count == 2 else {
        throw LineError(
          .invalidValue, "\(path): found \(texts.count) texts, expected a pair [user, assistant]", param: path
        )
      }
      rounds.append((texts[0], texts[1]))
    }
    return rounds
  }
}

extension LineParser {
  /// Puts the job's system text before a conversation that has none.
  func withDefaultSystem(_ messages: [ChatMessage]) -> [ChatMessage] {
    guard let system, messages.first?.role != .system else { return messages }
    return [.system(system)] + messages
  }
}

extension [ChatMessage] {
  /// `ChatMessage.conversation`, where the element type is known from the context.
  static func conversation(system: String?, history: [MessageReader.Round], prompt: String) -> [ChatMessage] {
    ChatMessage.conversation(system: system, history: history, prompt: prompt)
  }
}
