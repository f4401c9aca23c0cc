package import QuireTemplates

/// What a model's files say about conversations.
package struct ChatModel: Sendable {
  /// The chat templates by name.
  package let templates: [String: String]
  /// The texts of special tokens by their names in templates, as in `bos_token`.
  package let specialTokens: [String: String]
  /// What templates take for today.
  package let date: TemplateDate
  /// The tokenizer of the model.
  package let encoding: any ChatTokenEncoding

  /// A model; each argument is the property of its name.
  package init(
    templates: [String: String], specialTokens: [String: String], date: TemplateDate,
    encoding: any ChatTokenEncoding
  ) {
    self.templates = templates
    self.specialTokens = specialTokens
    self.date = date
    self.encoding = encoding
  }

  /// The template that is followed where none is chosen.
  package var defaultTemplate: String? { templates[Self.defaultName].flatMap { $0.isEmpty ? nil : $0 } }
  /// The template for conversations with tools, where there is one of its own.
  var toolsTemplate: String? { templates["tool_use"] }

  private static let defaultName = "default"

  /// The template that a setting chooses: `auto` for the model's, the name of one of the model's, or a text.
  ///
  /// Throws `ChatError` where there is none.
  func source(_ option: String) throws(ChatError) -> String {
    if option == "auto" {
      if let source = defaultTemplate { return source }
      throw templates.isEmpty || templates.keys.contains(Self.defaultName)
        ? .missingTemplate : .noDefaultTemplate(names: templates.keys.sorted())
    }
    if let named = templates[option] { return named }
    guard option.contains("{{") || option.contains("{%") else {
      throw .unknownFormat(option, templateNames: templates.keys.filter { $0 != Self.defaultName }.sorted())
    }
    return option
  }

  /// A formatter that runs `source`.
  ///
  /// - Parameter format: the hand-written format that the template resembles, whose end tokens then count, too.
  func templated(_ source: String, _ format: ChatFormat?) throws(ChatError) -> TemplatedFormatter {
    let template = try ChatTemplate(source, specialTokens: specialTokens, date: date)
    let tokens = ControlTokens(format: format ?? .chatml, encoding: encoding)
    var stops = tokens.stopTokens(format?.stopTexts ?? [])
    let probed = TemplatedFormatter(template: template, encoding: encoding, stopTokens: stops)
    // The format's own come first, EOS last.
    if let id = probed.turnEndID(), !stops.contains(where: { $0.id == id }) {
      stops.insert((id, encoding.tokenText(id)), at: format == nil ? 0 : stops.count)
    }
    return TemplatedFormatter(template: template, encoding: encoding, stopTokens: stops)
  }
}
