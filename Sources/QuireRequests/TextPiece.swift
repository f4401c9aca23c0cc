/// A part of a prompt's text, and whether it may hold control tokens.
public struct TextPiece: Sendable, Equatable {
  /// The text of the part.
  public var text: String
  /// Whether control tokens written in the part are recognised; text that comes from elsewhere is not trusted.
  public var isTrusted: Bool

  /// A part; each argument is the property of its name.
  public init(_ text: String, isTrusted: Bool) {
    self.text = text
    self.isTrusted = isTrusted
  }
}
