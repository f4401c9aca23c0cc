package import QuireJSON
package import QuireRequests

/// Reads conversations: OpenAI's `messages`.
package enum MessageReader {
  /// `[{"role", "content"}, …]`: system only first, the last from the user. Any other role, part or key is refused
  /// by its name.
  /// - Parameter system: the text that stands before a conversation without one; nil for none.
  package static func messages(
    _ list: JSONView, path: String, system: String?
  ) throws(InputError) -> [ChatMessage] {
    guard list.kind == .array else { throw list.typeError(path, expected: "a list of messages") }
    var messages: [ChatMessage] = []
    try list.forEachElement { index, element throws(InputError) in
      let message = try message(element, path: "\(path)[\(index)]")
      guard message.role != .system || index == 0 else {
        throw InputError(
          .invalidMessages,
          "\(path)[\(index)]: found the role \"system\", which only the first message may have",
          param: path)
      }
      messages.append(message)
    }
    guard let last = messages.last else {
      throw InputError(.invalidMessages, "\(path): found an empty list, expected a message", param: path)
    }
    guard last.role == .user else {
      throw InputError(
        .invalidMessages,
        "\(path): found the role \"\(last.role.rawValue)\" in the last message, expected \"user\"",
        param: path)
    }
    guard let system, messages.first?.role != .system else { return messages }
    return [.system(system)] + messages
  }

  private static func message(_ value: JSONView, path: String) throws(InputError) -> ChatMessage {
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
          throw InputError(
            .invalidMessages,
            "\(path).role: found \(Excerpt.quoted(name)), expected \"system\", \"user\" or \"assistant\"",
            param: "\(path).role")
        }
      case "content": content = try text(member.value, path: "\(path).content")
      default:
        // Answers that come back as history carry empty fields such as "refusal": null.
        let isEmpty = member.value.isNull || (member.value.kind == .array && member.value.isEmptyContainer)
        guard isEmpty else {
          throw InputError(
            .unknownField, "\(path): found \(Excerpt.quoted(member.key)), expected role and content only",
            param: "\(path).\(member.key)")
        }
      }
    }
    guard let role else { throw InputError(.missingField, "\(path): the role is missing", param: path) }
    guard let content else { throw InputError(.missingField, "\(path): the content is missing", param: path) }
    return ChatMessage(role: role, content: content)
  }

  /// A string, or text parts, which are joined by line feeds, as vLLM does (`vllm/entrypoints/chat_utils.py`).
  private static func text(_ value: JSONView, path: String) throws(InputError) -> String {
    switch value.kind {
    case .string: return value.decodedString
    case .array:
      var texts: [String] = []
      try value.forEachElement { index, part throws(InputError) in
        texts.append(try partText(part, path: "\(path)[\(index)]"))
      }
      return texts.joined(separator: "\n")
    default: throw value.typeError(path, expected: "a string or a list of text parts")
    }
  }

  private static func partText(_ part: JSONView, path: String) throws(InputError) -> String {
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
      throw InputError(
        .unsupported,
        "\(path): found a part of type \(type.map { Excerpt.quoted($0) } ?? "(missing)"), expected \"text\"",
        param: "\(path).type")
    }
    guard let text else {
      throw InputError(.missingField, "\(path): the text is missing", param: "\(path).text")
    }
    return text
  }
}
