/// One turn of a conversation: who speaks, and what is said.
public struct ChatMessage: Sendable, Equatable {
  /// Who speaks in a turn; the raw value is the name used in JSON lines.
  ///
  /// The model's chat template decides which roles there are; those below are OpenAI's.
  public struct Role: RawRepresentable, Sendable, Hashable {
    /// The name as templates see it.
    public let rawValue: String

    /// The role of a name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The instructions that stand before the conversation.
    public static let system = Role(rawValue: "system")
    /// The same, as newer programs call them; a template without a place for them has them as `system`.
    public static let developer = Role(rawValue: "developer")
    /// The person who asks.
    public static let user = Role(rawValue: "user")
    /// The model's earlier answer.
    public static let assistant = Role(rawValue: "assistant")
    /// What a tool returned that an answer called.
    public static let tool = Role(rawValue: "tool")
    /// The same, as it was called before there were tools.
    public static let function = Role(rawValue: "function")
  }

  /// The role of whoever speaks.
  public var role: Role
  /// What is said: plain text, in which control tokens have no meaning.
  public var content: String
  /// The speaker's own name, for templates that write it.
  public var name: String?
  /// What the model thought before an earlier answer, for templates that write it: `reasoning_content`.
  public var reasoning: String?
  /// Further members of the message, as `tool_calls`, for templates that read them.
  public var fields: [String: JSONText]

  /// A turn of `role` that says `content`; each further argument is the property of its name.
  public init(
    role: Role, content: String, name: String? = nil, reasoning: String? = nil,
    fields: [String: JSONText] = [:]
  ) {
    self.role = role
    self.content = content
    self.name = name
    self.reasoning = reasoning
    self.fields = fields
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
