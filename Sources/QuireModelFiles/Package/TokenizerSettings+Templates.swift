import QuireJSON

/// Where chat templates stand, as transformers reads them.
extension TokenizerSettings {
  /// The name of the template that is followed where none is chosen.
  package static let defaultTemplateName = "default"

  /// The larger file that transformers 5 writes beside `tokenizer_config.json`.
  private static let fileName = "chat_template.jinja"
  /// The folder of named templates, `NAME.jinja` each.
  private static let folderName = "chat_templates"
  /// The older form of the template's file: `{"chat_template": "…"}`.
  private static let jsonFileName = "chat_template.json"
  private static let key = "chat_template"

  /// Reads the templates' own files over those of `tokenizer_config.json`: `chat_template.jinja`, the folder
  /// `chat_templates` and, where there is none of all these, `chat_template.json`.
  mutating func readTemplateFiles(_ directory: String) throws(ModelFileError) {
    let jsonFile = "\(directory)/\(Self.jsonFileName)"
    let file = "\(directory)/\(Self.fileName)"
    let folder = "\(directory)/\(Self.folderName)"
    if FileSystem.exists(file) { chatTemplates[Self.defaultTemplateName] = try FileSystem.text(file) }
    for name in FileSystem.names(in: folder) where name.hasSuffix(".jinja") {
      chatTemplates[String(name.dropLast(".jinja".count))] = try FileSystem.text("\(folder)/\(name)")
    }
    if chatTemplates.isEmpty, FileSystem.exists(jsonFile) {
      chatTemplates = try Self.templates(try JSONDocument(path: jsonFile))
    }
  }

  /// The template or templates of a configuration: a text, a list of `{name, template}`, or an object of texts by name.
  static func templates(_ json: JSONDocument) throws(ModelFileError) -> [String: String] {
    guard let value = json[key] else { return [:] }
    if let text = value.text { return [defaultTemplateName: text] }
    var templates: [String: String] = [:]
    switch value {
    case .array(let entries):
      for entry in entries {
        guard let name = entry["name"]?.text, let text = entry["template"]?.text else {
          throw json.wrong(key, entry, "an object with name and template")
        }
        templates[name] = text
      }
    case .object(let members):
      for member in members {
        guard let text = member.value.text else {
          throw json.wrong("\(key).\(member.name)", member.value, "a string")
        }
        templates[member.name] = text
      }
    default: throw json.wrong(key, value, "a string, or an array of named templates")
    }
    return templates
  }

  /// `tokenizer.chat_template` and its variants, `tokenizer.chat_template.NAME`.
  ///
  /// - Throws: ``ModelFileError`` where one of them is no string.
  package static func templates(_ metadata: GGUFMetadata) throws(ModelFileError) -> [String: String] {
    var templates: [String: String] = [:]
    let base = "tokenizer.\(key)"
    for name in metadata.values.keys where name == base || name.hasPrefix(base + ".") {
      templates[name == base ? defaultTemplateName : String(name.dropFirst(base.count + 1))] =
        try metadata.stringIfPresent(name)
    }
    return templates
  }

  /// The special tokens that `tokenizer_config.json` names, by the names that templates read them by. Values that are no
  /// tokens are passed over: only what a template writes has an effect.
  static func templateTokens(_ json: JSONDocument) -> [String: String] {
    var tokens: [String: String] = [:]
    for member in json.members where member.name.hasSuffix("_token") {
      if let text = member.value.text ?? member.value["content"]?.text { tokens[member.name] = text }
    }
    if case .object(let members)? = json["extra_special_tokens"] {
      for member in members {
        if let text = member.value.text ?? member.value["content"]?.text { tokens[member.name] = text }
      }
    }
    return tokens
  }
}
