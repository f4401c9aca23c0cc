import QuireJSON
package import QuireRequests

/// Why a conversation, a chat template or a tokenizer cannot be used for a chat prompt.
package enum ChatError: Error, Equatable, Sendable {
  /// The model's own template matches no format that is built by hand; carries the template's beginning.
  case unrecognizedTemplate(excerpt: String)
  /// The model brings no chat template, and none was named.
  case missingTemplate
  /// A value of `EngineConfiguration.chatTemplate` that names no format.
  case unknownFormat(String)
  /// The tokenizer has no control token of this text, which the format needs.
  case missingControlToken(format: ChatFormat, token: String)
  /// There are no messages at all.
  case noMessages
  /// A role other than system, user and assistant.
  case unsupportedRole(String)
  /// A system message at this index, which is not 0.
  case systemNotFirst(index: Int)
  /// The last message is from this role instead of the user.
  case lastNotFromUser(role: ChatMessage.Role)
  /// The model's template refuses system messages.
  case systemNotSupported(format: ChatFormat)
  /// The model's template wants user and assistant in turn, and the message at this index breaks the turn.
  case rolesMustAlternate(format: ChatFormat, index: Int, role: ChatMessage.Role)
  /// The whole conversation takes more tokens than the budget, and cutting was refused.
  case promptTooLong(tokenCount: Int, tokenBudget: Int)
  /// System and turn markers leave no token of the budget to the latest user turn; `fixedTokenCount` is theirs.
  case noRoomForUserTurn(fixedTokenCount: Int, tokenBudget: Int)
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
    case .unknownFormat(let name):
      "unknown chat template \(Excerpt.quoted(name)); expected \(option: .chatTemplate) "
        + "\(ChatFormat.optionValues)"
    case .missingControlToken(let format, let token):
      "the tokenizer has no control token \(Excerpt.quoted(token)), which chat format "
        + "\(format.rawValue) needs; choose another with \(option: .chatTemplate) "
        + "\(ChatFormat.optionValues)"
    case .noMessages:
      "\(place: .messages) is empty; expected at least one message, the last from user"
    case .unsupportedRole(let name):
      "unsupported role \(Excerpt.quoted(name)); expected system, user or assistant"
    case .systemNotFirst(let index):
      "\(place: .messages)[\(index)] has role system; only \(place: .messages)[0] may"
    case .lastNotFromUser(let role):
      "the last message has role \(role.rawValue); expected user"
    case .systemNotSupported(let format):
      "the model's \(format.rawValue) chat template takes no system message; put its text into the "
        + "first user turn"
    case .rolesMustAlternate(let format, let index, let role):
      "\(place: .messages)[\(index)] has role \(role.rawValue); chat format \(format.rawValue) needs "
        + "user and assistant in turn, beginning with user"
    case .promptTooLong(let tokenCount, let tokenBudget):
      "the messages take \(tokenCount) tokens, and \(tokenBudget) are available; shorten them, lower "
        + "\(field: .maxTokens), or allow older rounds to be dropped with \(option: .historyTokenBudget)"
    case .noRoomForUserTurn(let fixedTokenCount, let tokenBudget):
      "the system text and the turn markers take \(fixedTokenCount) tokens, which leaves no room for "
        + "the user turn in a budget of \(tokenBudget); shorten the system text or raise the budget"
    }
  }
}
