import QuireJSON
import QuireRequests

/// Reads the conversation of a response: `input`, a text or a list of items, in which earlier turns stand as the answers
/// had them.
struct ResponseInput {
  private(set) var messages: [ChatMessage] = []
  /// What was thought before the answer that comes next in the list.
  private var reasoning: String?

  /// Throws for an item that is none, or that leads to what is stored elsewhere.
  init(_ input: JSONView) throws(InputError) {
    let field = "input"
    switch input.kind {
    case .string: messages = [.user(input.decodedString)]
    case .array:
      try input.forEachElement { index, item throws(InputError) in
        try add(item, "\(field)[\(index)]")
      }
    default: throw input.typeError(field, expected: "a string or a list of items")
    }
    guard !messages.isEmpty else {
      throw InputError(.invalidMessages, "\(field): found an empty list, expected an item", param: field)
    }
  }

  private mutating func add(_ item: JSONView, _ path: String) throws(InputError) {
    guard item.kind == .object else { throw item.typeError(path, expected: "an object") }
    let members = try item.members()
    let type = try members.first { $0.key == "type" }?.value.word("\(path).type") ?? "message"
    func text(_ name: String) throws(InputError) -> String {
      guard let value = members.first(where: { $0.key == name })?.value, !value.isNull else {
        throw InputError(.missingField, "\(path): the \(name) is missing", param: "\(path).\(name)")
      }
      return try value.string("\(path).\(name)")
    }
    switch type {
    case "message":
      var message = try MessageReader.message(item, path: path)
      // What answers have beside their text, and no template reads.
      for name in ["type", "id", "status", "phase"] { message.fields[name] = nil }
      if message.role == .assistant, let reasoning { message.reasoning = reasoning }
      reasoning = nil
      messages.append(message)
    case "function_call":
      addCall(id: try text("call_id"), name: try text("name"), arguments: try text("arguments"))
    case "function_call_output":
      guard let output = members.first(where: { $0.key == "output" })?.value else {
        throw InputError(.missingField, "\(path): the output is missing", param: "\(path).output")
      }
      var message = ChatMessage(role: .tool, content: try MessageReader.text(output, path: "\(path).output"))
      message.fields["tool_call_id"] = Self.json(try text("call_id"))
      messages.append(message)
    case "reasoning": reasoning = try Self.thought(members, path)
    default:
      throw InputError(
        .unsupported,
        "\(path).type: found \(Excerpt.quoted(type)), expected \"message\", \"function_call\", "
          + "\"function_call_output\" or \"reasoning\": what is stored or done elsewhere is not at hand",
        param: "\(path).type")
    }
  }

  /// Calls stand in the answer that makes them, all in one.
  private mutating func addCall(id: String, name: String, arguments: String) {
    var writer = JSONWriter()
    writer.object { $0.toolCall(ToolCall(name: name, arguments: arguments), id: id) }
    var message = ChatMessage.assistant("")
    if let last = messages.last, last.role == .assistant { message = messages.removeLast() }
    if let reasoning { message.reasoning = reasoning }
    reasoning = nil
    let earlier = message.fields["tool_calls"].map { String($0.text.dropLast()) + "," } ?? "["
    message.fields["tool_calls"] = JSONText(earlier + writer.text + "]")
    messages.append(message)
  }

  /// The texts of `content`, or else of `summary`.
  private static func thought(_ members: [JSONView.Member], _ path: String) throws(InputError) -> String? {
    for name in ["content", "summary"] {
      guard let list = members.first(where: { $0.key == name })?.value, !list.isNull, !list.isEmptyContainer
      else { continue }
      return try MessageReader.text(list, path: "\(path).\(name)")
    }
    return nil
  }

  private static func json(_ text: String) -> JSONText {
    var writer = JSONWriter()
    writer.string(text)
    return JSONText(writer.text)
  }
}
