/// How a conversation becomes a prompt, apart from its messages.
public struct ChatSettings: Sendable, Equatable {
  /// Whether the prompt ends with the beginning of an answer, for the model to go on. vLLM's `add_generation_prompt`; it
  /// counts for nothing where the last message is continued.
  public var addsGenerationPrompt: Bool
  /// Whether the model goes on with the last message instead of answering it. vLLM's `continue_final_message`.
  public var continuesFinalMessage: Bool
  /// Variables of the chat template, as `enable_thinking`; those that it does not read have no effect. vLLM's
  /// `chat_template_kwargs`.
  public var templateArguments: [String: JSONText]
  /// A JSON array of the tools that the model may call, for templates that write them.
  public var tools: JSONText?
  /// A JSON array of documents to answer from, for templates that write them.
  public var documents: JSONText?
  /// The most earlier rounds (a user's turn and its replies) that stay, the newest ones; 0 leaves the latest turn
  /// alone, nil all that fit the token budget. At least 0.
  public var historyLength: Int?
  /// Earlier rounds that were left out of the messages because they could not fit whatever they say; reported as dropped.
  package var droppedRoundCount = 0

  /// Settings; each argument is the property of its name.
  public init(
    addsGenerationPrompt: Bool = true, continuesFinalMessage: Bool = false,
    templateArguments: [String: JSONText] = [:], tools: JSONText? = nil, documents: JSONText? = nil,
    historyLength: Int? = nil
  ) {
    self.addsGenerationPrompt = addsGenerationPrompt
    self.continuesFinalMessage = continuesFinalMessage
    self.templateArguments = templateArguments
    self.tools = tools
    self.documents = documents
    self.historyLength = historyLength
  }
}

/// A JSON value as text. It is read when a prompt is made of it: what is no JSON is an error then.
public struct JSONText: Sendable, Hashable, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
  /// The value as JSON writes it: `true`, `"low"`, `[1, 2]`.
  public let text: String

  /// The value that `text` writes.
  public init(_ text: String) { self.text = text }

  /// True or false.
  public init(booleanLiteral value: Bool) { text = String(value) }

  /// A whole number.
  public init(integerLiteral value: Int) { text = String(value) }
}
