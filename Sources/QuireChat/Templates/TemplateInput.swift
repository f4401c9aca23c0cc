import QuireJSON
import QuireRequests
import QuireTemplates

/// What a template is given with the messages, read from their settings once.
struct TemplateInput: Sendable {
  /// A list, or none.
  private(set) var tools = TemplateValue.none
  /// A list, or none.
  private(set) var documents = TemplateValue.none
  /// The variables of the caller, by name.
  private(set) var arguments: [(name: String, value: TemplateValue)] = []
  /// Whether the beginning of an answer is written last.
  private(set) var addsGenerationPrompt = true
  /// Whether the prompt ends with the last message's text.
  private(set) var continuesFinalMessage = false

  /// Nothing but messages.
  init() {}

  /// Throws `ChatError.invalidInput` for what is no JSON of the right kind, and for variables whose names stand for
  /// something else.
  init(_ settings: ChatSettings) throws(ChatError) {
    tools = try Self.list(settings.tools, "tools")
    documents = try Self.list(settings.documents, "documents")
    for (name, text) in settings.templateArguments.sorted(by: { $0.key < $1.key }) {
      guard !Self.reservedNames.contains(name) else {
        throw .invalidInput(
          name: Self.argumentsName, found: Excerpt.quoted(name), expected: "variables of the template's own")
      }
      arguments.append((name, TemplateValue(try Self.value(text, "\(Self.argumentsName).\(name)"))))
    }
    continuesFinalMessage = settings.continuesFinalMessage
    addsGenerationPrompt = settings.addsGenerationPrompt && !continuesFinalMessage
  }

  private static let argumentsName = "chat_template_kwargs"
  /// What the messages and their settings say themselves.
  private static let reservedNames: Set<String> = [
    "messages", "tools", "documents", "add_generation_prompt", "continue_final_message", "chat_template",
    "tokenize",
  ]

  private static func list(_ text: JSONText?, _ name: String) throws(ChatError) -> TemplateValue {
    guard let text else { return .none }
    let value = try value(text, name)
    guard case .array = value else {
      throw .invalidInput(name: name, found: value.summary, expected: "a list")
    }
    return TemplateValue(value)
  }

  private static func value(_ text: JSONText, _ name: String) throws(ChatError) -> JSONValue {
    do throws(JSONSyntaxError) {
      return try JSONValue(parsing: Array(text.text.utf8), repeatedKeys: .kept, keepsWideIntegers: true)
    } catch {
      throw .invalidInput(name: name, found: Excerpt.quoted(text.text), expected: "JSON: \(error)")
    }
  }

  /// A message as templates see it. The role counts as the template's own text, since no other than the template's roles
  /// gets here and many templates write it into a control token.
  static func message(_ message: ChatMessage, takesParts: Bool) -> TemplateValue {
    var members: [(key: String, value: TemplateValue)] = [
      ("role", .string(message.role.rawValue, isTrusted: true))
    ]
    let content = TemplateValue.string(message.content)
    let part = TemplateValue.dictionary([("type", .string("text")), ("text", content)])
    members.append(("content", takesParts ? .array([part]) : content))
    if let name = message.name { members.append(("name", .string(name))) }
    if let reasoning = message.reasoning {
      // The names that published templates read.
      for name in ["reasoning_content", "reasoning", "thinking"] {
        members.append((name, .string(reasoning)))
      }
    }
    for (name, text) in message.fields.sorted(by: { $0.key < $1.key }) {
      guard
        let value = try? JSONValue(
          parsing: Array(text.text.utf8), repeatedKeys: .kept, keepsWideIntegers: true), value != .null
      else {
        continue
      }
      members.append((name, name == "tool_calls" ? toolCalls(value) : TemplateValue(value)))
    }
    return .dictionary(members)
  }

  /// Calls of tools with their arguments as objects, which OpenAI's messages have as texts of JSON; as in vLLM.
  private static func toolCalls(_ calls: JSONValue) -> TemplateValue {
    guard case .array(let calls) = calls else { return TemplateValue(calls) }
    return TemplateValue(
      .array(calls.map { replacing("function", in: $0) { replacing("arguments", in: $0, with: parsed) } }))
  }

  private static func replacing(
    _ key: String, in value: JSONValue, with change: (JSONValue) -> JSONValue
  ) -> JSONValue {
    guard case .object(let members) = value else { return value }
    return .object(
      members.map { $0.name == key ? JSONMember(key: $0.key, value: change($0.value)) : $0 })
  }

  private static func parsed(_ arguments: JSONValue) -> JSONValue {
    guard case .string(let text) = arguments, !text.isEmpty else { return arguments }
    return (try? JSONValue(parsing: text, repeatedKeys: .kept, keepsWideIntegers: true)) ?? arguments
  }
}
