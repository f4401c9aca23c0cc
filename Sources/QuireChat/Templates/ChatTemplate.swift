import QuireJSON
import QuireRequests
import QuireTemplates

/// A chat template that is run, with what it is given beside the conversation.
struct ChatTemplate: Sendable {
  /// The template's text.
  let source: String
  /// The special tokens by their names in templates (`bos_token`), as far as the model names them.
  let specialTokens: [String: String]
  /// Whether messages' texts are handed over as lists of parts, which this template expects.
  private(set) var takesParts = false
  /// Whether instructions from a developer are written; otherwise they are a system text.
  private(set) var writesDevelopers = false
  /// The roles that the template takes beside OpenAI's: texts that stand in it as literals.
  let literals: Set<String>

  private var template: Template
  private let date: TemplateDate

  /// Throws `ChatError.unreadableTemplate` where the text is no template.
  init(_ source: String, specialTokens: [String: String], date: TemplateDate) throws(ChatError) {
    self.source = source
    self.specialTokens = specialTokens
    self.date = date
    do throws(TemplateError) {
      template = try Template(source)
    } catch {
      throw .unreadableTemplate(error.description)
    }
    literals = Set(
      TemplateScanner.scan(source).compactMap { if case .string(let text) = $0 { text } else { nil } })
    if !writes([.user(Self.probe)]) {
      takesParts = true
      takesParts = writes([.user(Self.probe)])
    }
    writesDevelopers = writes([ChatMessage(role: .developer, content: Self.probe), .user("a")])
  }

  private static let probe = "PROBE OF A TEXT"

  /// Whether the probe's text stands in the prompt of a conversation.
  private func writes(_ messages: [ChatMessage]) -> Bool {
    (try? limited(toSteps: Self.questionSteps).render(messages, TemplateInput()).text)?.contains(Self.probe)
      == true
  }

  /// The same template with fewer steps for a rendering. What a model's files are asked when it is opened are a few short
  /// messages, for which published templates take some thousand steps; a hostile one would take seconds for each.
  func limited(toSteps steps: Int) -> ChatTemplate {
    var limits = TemplateLimits.standard
    limits.steps = steps
    var limited = self
    limited.template = template.limited(to: limits)
    return limited
  }

  /// Steps for one of a few questions to a template.
  static let questionSteps = 5_000_000
  /// Steps for one of hundreds of conversations that compare it with a format written by hand.
  static let probeSteps = 200_000

  /// Whether the template reads a variable of that name.
  func reads(_ variable: String) -> Bool { template.variableNames.contains(variable) }

  /// The roles that a message may have here.
  func takes(_ role: ChatMessage.Role) -> Bool {
    Self.knownRoles.contains(role.rawValue) || literals.contains(role.rawValue)
  }

  /// The roles that OpenAI's messages have.
  static let knownRoles = ["system", "developer", "user", "assistant", "tool", "function"]

  /// The prompt that the template writes.
  ///
  /// Throws `ChatError.refusedByTemplate` with the template's text, `.templateFailed`, and `.nothingToContinue`.
  func render(_ messages: [ChatMessage], _ input: TemplateInput) throws(ChatError) -> TemplatePrompt {
    var messages = messages
    if input.continuesFinalMessage {
      guard let last = messages.indices.last else { throw .noMessages }
      messages[last].content += TemplatePrompt.continuationTag
    }
    let output: TemplateOutput
    do throws(TemplateError) {
      output = try template.render(try variables(messages, input), date: date)
    } catch {
      throw error.kind == .raised ? .refusedByTemplate(error.message) : .templateFailed(error.description)
    }
    let prompt = TemplatePrompt(output)
    return input.continuesFinalMessage ? try prompt.cutAtContinuation() : prompt
  }

  private func variables(
    _ messages: [ChatMessage], _ input: TemplateInput
  ) throws(TemplateError) -> [(name: String, value: TemplateValue)] {
    let arguments = Set(input.arguments.map(\.name))
    var variables: [(name: String, value: TemplateValue)] = [
      ("messages", .array(messages.map { TemplateInput.message($0, takesParts: takesParts) })),
      ("tools", input.tools), ("documents", input.documents),
      ("add_generation_prompt", .bool(input.addsGenerationPrompt)),
    ]
    for (name, text) in specialTokens.sorted(by: { $0.key < $1.key }) where !arguments.contains(name) {
      variables.append((name, .string(text, isTrusted: true)))
    }
    return variables + input.arguments
  }
}
