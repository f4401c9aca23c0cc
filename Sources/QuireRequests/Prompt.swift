/// What a request starts from.
public enum Prompt: Sendable, Equatable, ExpressibleByStringLiteral {
  /// A text to continue; control tokens written in it are recognised.
  case text(String)
  /// A text to continue, in parts; control tokens are recognised only where they stand within trusted ones.
  case pieces([TextPiece])
  /// Token ids to continue, each in the vocabulary.
  case tokenIDs([Int32])
  /// Messages to answer, in the model's chat format.
  case conversation([ChatMessage], ChatSettings = ChatSettings())
  /// A text of which the model's hidden states are wanted, pooled, and no answer.
  case pooled(PooledInput)

  /// A text to continue.
  public init(stringLiteral text: String) { self = .text(text) }
}
