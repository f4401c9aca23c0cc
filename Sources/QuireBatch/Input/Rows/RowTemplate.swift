import QuireChat
import QuireJSON
package import QuireOpenAI
package import QuireRequests
import QuireTemplates

/// Makes prompts of the columns of rows, in the language of chat templates.
///
/// A text gives the text of a prompt. A JSON array of messages, `[{"role": "user", "content": "{{ question }}"}]`, gives
/// a conversation, each content being a template; so does a text that renders to such an array, for turns whose number
/// differs from row to row. Names are columns, `row` the whole row. What is not there is an error, unless the template
/// asks (`is defined`, `default`).
package struct RowTemplate: Sendable, Equatable {
  private enum Form: Sendable {
    case text(Template)
    case messages([(message: ChatMessage, content: Template)])
    case renderedMessages(Template)
  }

  /// What a row became.
  enum Prompt {
    /// A text, in parts that tell the template's own from the columns'.
    case text([TextPiece])
    case messages([ChatMessage])
  }

  /// The template as it was written.
  package let source: String
  private let form: Form
  private let names: Set<String>

  /// Reads a template. Throws `OptionError` where it is none, and says why and where.
  package init(_ source: String) throws(OptionError) {
    try self.init(source, of: .template) { source throws(TemplateError) in try Self.form(of: source) }
  }

  /// Reads the template of a system text.
  init(text source: String) throws(OptionError) {
    try self.init(source, of: .system) { source throws(TemplateError) in .text(try Template(source)) }
  }

  private init(
    _ source: String, of option: OptionName, _ form: (String) throws(TemplateError) -> Form
  ) throws(OptionError) {
    self.source = source
    do throws(TemplateError) {
      self.form = try form(source)
    } catch {
      throw OptionError(option, found: "\(option: option) cannot be read as a template: \(error)")
    }
    switch self.form {
    case .text(let template), .renderedMessages(let template): names = template.variableNames
    case .messages(let messages):
      names = messages.reduce(into: []) { $0.formUnion($1.content.variableNames) }
    }
  }

  private static func form(of source: String) throws(TemplateError) -> Form {
    let trimmed = source.utf8.drop { JSONView.isWhitespace($0) }
    guard trimmed.first == UInt8(ascii: "[") else { return .text(try Template(source)) }
    if let messages = try messages(Array(source.utf8)) { return .messages(messages) }
    // A text may well begin with a bracket: "[INST]", "[{{ topic }}]".
    let inside = trimmed.dropFirst().drop { JSONView.isWhitespace($0) }.prefix(2)
    let isArray = inside.elementsEqual("{%".utf8) || inside.elementsEqual("{\"".utf8)
    return isArray ? .renderedMessages(try Template(source)) : .text(try Template(source))
  }

  /// The messages of a JSON array; nil where the text is none.
  private static func messages(
    _ utf8: [UInt8]
  ) throws(TemplateError) -> [(message: ChatMessage, content: Template)]? {
    guard let view = try? JSONView(validating: utf8), view.kind == .array else { return nil }
    let messages: [ChatMessage]
    do throws(InputError) {
      messages = try MessageReader.messages(view, path: "messages", system: nil)
    } catch {
      throw TemplateError(.syntax, error.message)
    }
    return try messages.map { message throws(TemplateError) in
      (message, try Template(message.content))
    }
  }

  /// Whether rows become conversations.
  var makesMessages: Bool {
    if case .text = form { false } else { true }
  }

  /// Whether two templates were written alike.
  package static func == (left: RowTemplate, right: RowTemplate) -> Bool { left.source == right.source }

  /// The name of the whole row, where no column has it.
  private static let rowName = "row"

  /// A column that rows of a table with the columns `columns` would lack, as far as that can be told without a row.
  func missingColumn(among columns: [String]) -> String? {
    let missing = names.filter { !columns.contains($0) && $0 != Self.rowName }
    guard !missing.isEmpty else { return nil }
    let probe = columns.map { ($0, TemplateValue.string("x")) }
    let variables = probe + [(Self.rowName, .dictionary(probe.map { (key: $0.0, value: $0.1) }))]
    for template in templates {
      do throws(TemplateError) {
        _ = try template.render(variables, date: nil, refusesUndefined: true)
      } catch {
        let found = missing.first { error.kind == .undefined && error.message == "\($0) is undefined" }
        if let found { return found }
      }
    }
    return nil
  }

  private var templates: [Template] {
    switch form {
    case .text(let template), .renderedMessages(let template): [template]
    case .messages(let messages): messages.map(\.content)
    }
  }

  /// The prompt of a row. Throws where a column is not there, or the template fails on the row.
  func prompt(_ row: [JSONView.Member]) throws(InputError) -> Prompt {
    let variables = try variables(row)
    switch form {
    case .text(let template):
      let output = try render(template, variables, row)
      return .text(output.runs.map { TextPiece($0.text, isTrusted: $0.isLiteral) })
    case .messages(let messages):
      return .messages(
        try messages.map { message, content throws(InputError) in
          var message = message
          message.content = try render(content, variables, row).text
          return message
        })
    case .renderedMessages(let template):
      let text = try render(template, variables, row).text
      let view: JSONView
      do throws(JSONSyntaxError) {
        view = try JSONView(validating: Array(text.utf8))
      } catch {
        throw InputError(
          .invalidMessages,
          "the template's text \(Excerpt.quoted(text)) is not JSON: \(error); write texts with the filter tojson"
        )
      }
      return .messages(try MessageReader.messages(view, path: "messages", system: nil))
    }
  }

  /// The text of a row, for templates of texts alone.
  func text(_ row: [JSONView.Member]) throws(InputError) -> String {
    guard case .text(let pieces) = try prompt(row) else {
      throw InputError(.invalidMessages, "found messages, expected a text")
    }
    return pieces.reduce(into: "") { $0 += $1.text }
  }

  /// The values that the template reads.
  private func variables(
    _ row: [JSONView.Member]
  ) throws(InputError) -> [(name: String, value: TemplateValue)] {
    let readsRow = names.contains(Self.rowName)
    var values: [(name: String, value: TemplateValue)] = []
    for member in row where readsRow || names.contains(member.key) {
      do throws(JSONSyntaxError) {
        let value = try JSONValue(parsing: Array(member.value.raw), repeatedKeys: .kept)
        values.append((member.key, TemplateValue(value)))
      } catch {
        throw InputError(.invalidValue, "\(Excerpt.bare(member.key)): \(error)", param: member.key)
      }
    }
    guard readsRow else { return values }
    return [(Self.rowName, .dictionary(values.map { (key: $0.name, value: $0.value) }))] + values
  }

  private func render(
    _ template: Template, _ variables: [(name: String, value: TemplateValue)], _ row: [JSONView.Member]
  ) throws(InputError) -> TemplateOutput {
    do throws(TemplateError) {
      return try template.render(variables, date: nil, refusesUndefined: true)
    } catch {
      guard error.kind == .undefined else {
        throw InputError(.templateFailed, "the template fails on the row: \(error)")
      }
      throw InputError(
        .missingField,
        "the template fails on the row: \(error); \(ColumnNames.description(row.map(\.key)))")
    }
  }
}

extension InputError.Code {
  /// A template that fails on a row.
  package static let templateFailed = Self(rawValue: "template_failed")
}
