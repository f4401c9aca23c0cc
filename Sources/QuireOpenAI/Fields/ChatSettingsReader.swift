package import QuireJSON
package import QuireRequests

/// Reads how a conversation becomes a prompt: vLLM's fields beside `messages`.
package struct ChatSettingsReader {
  private var settings = ChatSettings()
  private var addsGenerationPrompt: Bool?
  /// Whether the line asks for no reasoning at all.
  private var turnsThoughtsOff = false

  /// A reader that has read nothing.
  package init() {}

  /// The fields that it takes.
  package static let fields: Set<String> = [
    "add_generation_prompt", "continue_final_message", "chat_template_kwargs", "reasoning_effort", "tools",
    "documents",
  ]

  /// Takes one of `fields`; null says nothing.
  package mutating func read(_ field: JSONView.Member) throws(InputError) {
    try read(field.key, field.value, path: field.key)
  }

  /// Takes the value of one of `fields`, which stands at `path`; null says nothing.
  mutating func read(_ name: String, _ value: JSONView, path: String) throws(InputError) {
    if value.isNull { return }
    switch name {
    case "add_generation_prompt": addsGenerationPrompt = try value.boolean(name)
    case "continue_final_message": settings.continuesFinalMessage = try value.boolean(name)
    case "chat_template_kwargs":
      let arguments = try value.templateArguments(name)
      settings.templateArguments.merge(arguments) { field, _ in field }
    case "reasoning_effort":
      // A variable of the template, as in vLLM; over one of chat_template_kwargs.
      guard value.kind == .string else { throw value.typeError(path, expected: "a string") }
      settings.templateArguments[name] = try value.jsonText(path)
      turnsThoughtsOff = value.name == "none"
    case "tools": settings.tools = try value.objects(name)
    case "documents": settings.documents = try value.objects(name)
    default: preconditionFailure("\(name) is no field of chat settings")
    }
  }

  /// Takes tools that are already in the form in which templates have them.
  mutating func take(tools: JSONText?) { settings.tools = tools }

  /// What was read, over the template's variables that stand in for those which the line leaves out.
  ///
  /// Throws where an answer is both to be begun and to be continued.
  package func settings(over defaults: [String: JSONText]) throws(InputError) -> ChatSettings {
    guard !(settings.continuesFinalMessage && addsGenerationPrompt == true) else {
      throw InputError(
        .conflictingFields,
        "found continue_final_message and add_generation_prompt, expected one of them: a message is continued, or "
          + "another begun", param: "continue_final_message")
    }
    var settings = settings
    settings.addsGenerationPrompt = addsGenerationPrompt ?? true
    // Few templates read an effort of none; many have a switch.
    if turnsThoughtsOff, settings.templateArguments["enable_thinking"] == nil {
      settings.templateArguments["enable_thinking"] = false
    }
    settings.templateArguments.merge(defaults) { line, _ in line }
    return settings
  }
}

extension ChatSettingsReader {
  /// The variables of a text that is a JSON object; errors name `path`.
  package static func templateArguments(
    inText text: String, path: String
  ) throws(InputError) -> [String: JSONText] {
    let view: JSONView
    do throws(JSONSyntaxError) {
      view = try JSONView(validating: Array(text.utf8))
    } catch {
      throw InputError(.invalidJSON, "\(path) is not JSON: \(error)", param: path)
    }
    return try view.templateArguments(path)
  }
}

extension JSONView {
  /// The value's bytes, for a template that reads them. Throws where values stand in one another too deeply for one.
  func jsonText(_ path: String) throws(InputError) -> JSONText {
    let text = Array(raw)
    do throws(JSONSyntaxError) {
      _ = try JSONValue(parsing: text, repeatedKeys: .kept, keepsWideIntegers: true)
    } catch {
      throw InputError(.invalidValue, "\(path): \(error)", param: path)
    }
    return JSONText(String(decoding: text, as: UTF8.self))
  }

  /// An object of variables by name.
  fileprivate func templateArguments(_ path: String) throws(InputError) -> [String: JSONText] {
    guard kind == .object else { throw typeError(path, expected: "an object of template variables") }
    var arguments: [String: JSONText] = [:]
    for member in try members() {
      let name = try member.name(in: path)
      arguments[name] = try member.value.jsonText("\(path).\(name)")
    }
    return arguments
  }

  /// A list of objects; an empty one is as good as none.
  fileprivate func objects(_ path: String) throws(InputError) -> JSONText? {
    guard kind == .array else { throw typeError(path, expected: "a list of objects") }
    try forEachElement { index, element throws(InputError) in
      guard element.kind == .object else {
        throw element.typeError("\(path)[\(index)]", expected: "an object")
      }
    }
    return isEmptyContainer ? nil : try jsonText(path)
  }
}
