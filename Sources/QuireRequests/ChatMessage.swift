/// One turn of a conversation: who speaks, and what is said.
public struct ChatMessage: Sendable, Equatable {
  /// Who speaks in a turn; the raw value is the name used in JSON lines.
  public enum Role: String, Sendable, CaseIterable {
    /// The instructions that stand before the conversation; only the first message may be one.
    case system
    /// The person who asks; the last message must be one.
    case user
    /// The model's earlier answer.
    case assistant
  }

  /// The role of whoever speaks.
  public var role: Role
  /// What is said: plain text, in which control tokens have no meaning.
  public var content: String

  /// A turn of `role` that says `content`.
  public init(role: Role, content: String) {
    self.role = role
    self.content = content
  }

  /// The instructions before the conversation.
  public static func system(_ content: String) -> ChatMessage {
    ChatMessage(role: .system, content: content)
  }

  /// A turn of the person who asks.
  public static func user(_ content: String) -> ChatMessage {
    ChatMessage(role: .user, content: content)
  }

  /// An earlier answer of the model.
  public static func assistant(_ content: String) -> ChatMessage {
    ChatMessage(role: .assistant, content: content)
  }

  /// The messages of a prompt with a history of question and answer pairs, oldest first.
  ///
  /// `system` nil leaves the system turn out, so that the model's own default applies; `""` is an empty one.
  public static func conversation(
    system: String?, history: [(user: String, assistant: String)], prompt: String
  ) -> [ChatMessage] {
    var messages: [ChatMessage] = []
    messages.reserveCapacity(2 * history.count + 2)
    if let system { messages.append(.system(system)) }
    for round in history {
      messages.append(.user(round.user))
      messages.append(.assistant(round.assistant))
    }
    messages.append(.user(prompt))
    return messages
  }
}
