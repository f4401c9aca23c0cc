import QuireJSON
package import QuireRequests

/// Why a conversation, a chat template or a tokenizer cannot be used for a chat prompt.
package enum ChatError: Error, Equatable, Sendable {
  /// The model's own template matches no format that is built by hand; carries the template's beginning.
  case unrecognizedTemplate(excerpt: String)
  /// The model brings no chat template, and none was named.
  case missingTemplate
  /// A value of `EngineConfiguration.chatTemplate` that is no format, no name of the model's templates, no file and no
  /// template.
  case unknownFormat(String, templateNames: [String] = [])
  /// The template cannot be read as one: why, and where.
  case unreadableTemplate(String)
  /// The model has several templates, none of them the default; these are their names.
  case noDefaultTemplate(names: [String])
  /// The template refuses the conversation: its own text.
  case refusedByTemplate(String)
  /// The template fails on the conversation: why, and where.
  case templateFailed(String)
  /// A template that was chosen by the name of a format takes no such thing, the model's own template might.
  case needsTemplate(format: ChatFormat, what: String)
  /// Something that the template is to be given is no JSON of the right kind.
  case invalidInput(name: String, found: String, expected: String)
  /// The last message is to be continued, but has no text, or the template leaves it out.
  case nothingToContinue
  /// The tokenizer has no control token of this text, which the format needs.
  case missingControlToken(format: ChatFormat, token: String)
  /// There are no messages at all.
  case noMessages
  /// A role that is none of `known`, those that the format or the template takes.
  case unsupportedRole(String, known: [String])
  /// A system message at this index, which is not 0.
  case systemNotFirst(index: Int)
  /// The last message is from this role instead of the user.
  case lastNotFromUser(role: ChatMessage.Role)
  /// The model's template refuses system messages.
  case systemNotSupported(format: ChatFormat)
  /// The model's template wants user and assistant in turn, and the message at this index breaks the turn.
  case rolesMustAlternate(format: ChatFormat, index: Int, role: ChatMessage.Role)
  /// The whole conversation takes more tokens than the budget, and cutting was refused. `isLeast`: it was not worth
  /// encoding, and takes at least so many.
  case promptTooLong(tokenCount: Int, tokenBudget: Int, isLeast: Bool = false)
  /// A text, or all of them, is longer than any prompt can be: not worth encoding.
  case textTooLong(byteCount: Int)
  /// System and turn markers leave no token of the budget to the latest user turn; `fixedTokenCount` is theirs.
  case fixedTextTooLong(fixedTokenCount: Int, tokenBudget: Int)
}

extension ChatError: CustomStringConvertible {
  /// What was found, what was expected, and what to do, with Swift's names.
  package var description: String { message(in: SwiftDialect()) }

  /// The same with the names of another dialect.
  package func message(in dialect: some ErrorDialect) -> String { text.worded(in: dialect) }

  /// The same with names left open.
  package var text: ErrorText {
    switch self {
    case .unrecognizedTemplate(let excerpt):
      "the model's chat template is none of the known formats (it begins with "
        + "\(Excerpt.quoted(excerpt))); choose one with \(option: .chatTemplate) "
        + "\(ChatFormat.optionValues)"
    case .missingTemplate:
      "the model has no chat template; choose one with \(option: .chatTemplate) \(ChatFormat.optionValues)"
    case .unknownFormat(let name, let templateNames):
      "unknown chat template \(Excerpt.quoted(name)); expected \(option: .chatTemplate) "
        + "\(ChatFormat.optionValues)"
        + (templateNames.isEmpty ? "" : ", one of the model's (\(templateNames.joined(separator: ", ")))")
        + ", or the path of a template"
    case .unreadableTemplate(let reason):
      "the chat template cannot be read: \(reason); choose another with \(option: .chatTemplate) "
        + "\(ChatFormat.optionValues), or the path of a template"
    case .noDefaultTemplate(let names):
      "the model has several chat templates and no default; choose one with \(option: .chatTemplate): "
        + "\(names.joined(separator: ", "))"
    case .refusedByTemplate(let text): "the model's chat template refuses the messages: \(text)"
    case .templateFailed(let reason): "the model's chat template fails on the messages: \(reason)"
    case .needsTemplate(let format, let what):
      "\(what) need a chat template that is run, and \(option: .chatTemplate) is \(format.rawValue), which is "
        + "written by hand; leave it to the model's own with auto"
    case .invalidInput(let name, let found, let expected):
      "\(name): found \(found), expected \(expected)"
    case .nothingToContinue:
      "the last message is to be continued, but the chat template does not write its text; leave "
        + "\(place: .messages) as they are and let the model answer"
    case .missingControlToken(let format, let token):
      "the tokenizer has no control token \(Excerpt.quoted(token)), which chat format "
        + "\(format.rawValue) needs; choose another with \(option: .chatTemplate) "
        + "\(ChatFormat.optionValues)"
    case .noMessages:
      "\(place: .messages) is empty; expected at least one message, the last from user"
    case .unsupportedRole(let name, let known):
      "unsupported role \(Excerpt.quoted(name)); expected one of \(known.joined(separator: ", "))"
    case .systemNotFirst(let index):
      "\(place: .messages)[\(index)] has role system; only \(place: .messages)[0] may"
    case .lastNotFromUser(let role):
      "the last message has role \(Excerpt.quoted(role.rawValue)); expected user"
    case .systemNotSupported(let format):
      "the model's \(format.rawValue) chat template takes no system message; put its text into the "
        + "first user turn"
    case .rolesMustAlternate(let format, let index, let role):
      "\(place: .messages)[\(index)] has role \(role.rawValue); chat format \(format.rawValue) needs "
        + "user and assistant in turn, beginning with user"
    case .promptTooLong(let tokenCount, let tokenBudget, let isLeast):
      "the messages take \(isLeast ? "at least " : "")\(tokenCount) tokens, and \(tokenBudget) are available; shorten them, lower "
        + "\(field: .maxTokens), or allow older rounds to be dropped with \(option: .historyTokenBudget)"
    case .textTooLong(let byteCount):
      "the messages hold a text of \(byteCount) bytes, and at most \(TextBound.byteCount) are taken into a prompt; "
        + "shorten it"
    case .fixedTextTooLong(let fixedTokenCount, let tokenBudget):
      "the system text and the turn markers take \(fixedTokenCount) tokens, which leaves none "
        + "for the user turn in a budget of \(tokenBudget); shorten the system text or raise the budget"
    }
  }
}
