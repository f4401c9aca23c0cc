/// A chat format with the details in which models that share it differ.
///
/// `recognize(template:)` reads the details from a model's own template; `standard(_:)` has those of the format's
/// best known model, for when there is no template to read.
package struct ChatStyle: Sendable, Equatable {
  /// The format whose details these are.
  package let format: ChatFormat
  /// The system text that the model's template writes when the messages bring none; nil: no system turn then.
  package var defaultSystem: String?
  /// Where the system text goes.
  package var systemPlacement: SystemPlacement
  /// Whether the prompt begins with BOS.
  package var writesBOS: Bool
  /// Whether two turns of one role in a row, or an answer first, are an error, as the template raises one.
  package var needsAlternation = false
  /// Whether white space at both ends of messages is removed, as by Jinja's `trim`.
  package var trimsContent: Bool
  /// What the answer begins with, so that the model goes on from there (`<think>\n` of models that always reason).
  package var answerPrefix = ""
  /// What stands between the system text and the user turn that it is folded into.
  package var systemSeparator = "\n\n"
  /// Whether old answers lose what stands before their last `</think>` (Qwen3).
  package var dropsReasoning = false
  /// What stands before the system text in a system turn that is always there (Llama 3.1 and later); nil: nothing.
  package var systemPreamble: String?
  /// The white space around Mistral's markers; without effect on other formats.
  package var mistralSpacing = MistralSpacing()

  /// Where a format puts the system text.
  package enum SystemPlacement: Sendable, Equatable {
    /// A turn of its own before the others.
    case ownTurn
    /// Before the text of the first user turn in the prompt, and `systemSeparator`.
    case firstUserTurn
    /// Before the text of the latest user turn, and `systemSeparator`.
    case lastUserTurn
    /// Nowhere: a system message is an error.
    case refused
  }

  /// The details of the format's best known model: Qwen2.5 without default system text, Llama 3,
  /// Mistral-7B-Instruct-v0.3, Gemma 3.
  package static func standard(_ format: ChatFormat) -> ChatStyle {
    switch format {
    case .chatml:
      ChatStyle(format: format, systemPlacement: .ownTurn, writesBOS: false, trimsContent: false)
    case .llama3:
      ChatStyle(format: format, systemPlacement: .ownTurn, writesBOS: true, trimsContent: true)
    case .mistral:
      ChatStyle(
        format: format, systemPlacement: .lastUserTurn, writesBOS: true, needsAlternation: true,
        trimsContent: false)
    case .gemma:
      ChatStyle(
        format: format, systemPlacement: .firstUserTurn, writesBOS: true, needsAlternation: true,
        trimsContent: true)
    }
  }

  /// The style that a setting asks for: `auto` reads `template`, a format's name takes that format, with the
  /// template's details where the template is of that format too.
  ///
  /// Throws `ChatError.missingTemplate`, `.unrecognizedTemplate` or `.unknownFormat`.
  package static func resolve(option: String, template: String?) throws(ChatError) -> ChatStyle {
    if option == "auto" {
      guard let template, !template.isEmpty else { throw ChatError.missingTemplate }
      return try recognize(template: template)
    }
    guard let format = ChatFormat(rawValue: option) else { throw ChatError.unknownFormat(option) }
    if let template, let own = try? recognize(template: template), own.format == format { return own }
    return standard(format)
  }
}

/// The white space of Mistral's instruct templates, which changed from version to version.
package struct MistralSpacing: Sendable, Equatable {
  /// Before a user turn's text; holds `[INST]`.
  package var userOpening = "[INST] "
  /// After a user turn's text; holds `[/INST]`.
  package var userClosing = "[/INST]"
  /// Before an answer.
  package var answerOpening = " "
  /// Between an answer and its end-of-text token.
  package var answerEnding = ""
  /// After an answer's end-of-text token.
  package var answerClosing = ""
  /// Whether white space at both ends of answers is removed.
  package var trimsAnswers = true
  /// Before the system text where it has markers of its own (`[SYSTEM_PROMPT]`).
  package var systemOpening = "[SYSTEM_PROMPT] "
  /// After the system text where it has markers of its own.
  package var systemClosing = "[/SYSTEM_PROMPT]"
}
