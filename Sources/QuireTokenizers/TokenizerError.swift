import QuireJSON

/// Why a tokenizer could not be loaded: where, what was found, what was expected, and what to do.
public struct TokenizerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Reason: String, Sendable {
    /// The file cannot be opened or read.
    case unreadable
    /// The bytes are not what the format says: JSON, base64, UTF-8, a missing field, a wrong type.
    case malformed
    /// The format is well formed and names something that Quire does not do.
    case unsupported
    /// The parts contradict each other: ids used twice or out of range, merges of unknown tokens.
    case inconsistent
  }

  /// The kind of failure.
  public let reason: Reason
  /// The file that is at fault.
  public let source: String
  /// The part of the source: a key path, a line, a token.
  public let subject: String
  /// What stands there.
  public let found: String
  /// What would be right.
  public let expected: String

  /// Makes an error; of `subject` and `found` as much is kept as a message shows.
  @inline(never)
  package init(_ reason: Reason, source: String, subject: String, found: String, expected: String) {
    self.reason = reason
    self.source = source
    self.subject = Excerpt.bare(subject, limit: Excerpt.nameLimit)
    self.found = Excerpt.bare(found, limit: Excerpt.nameLimit)
    self.expected = expected
  }

  /// One line: source, subject, found, expected.
  public var description: String {
    "\(source): \(subject): found \(found), expected \(expected)"
  }
}
