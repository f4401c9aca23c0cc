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
  /// The file, or `GGUF metadata`.
  public let source: String
  /// The part of the source: a key path, a line, a token.
  public let subject: String
  /// What stands there.
  public let found: String
  /// What would be right.
  public let expected: String

  /// Makes an error; `found` is shortened to 120 scalars and its control characters are escaped.
  public init(_ reason: Reason, source: String, subject: String, found: String, expected: String) {
    self.reason = reason
    self.source = source
    self.subject = subject
    self.found = Self.printable(found)
    self.expected = expected
  }

  /// One line: source, subject, found, expected.
  public var description: String {
    "\(source): \(subject): found \(found), expected \(expected)"
  }

  static func printable(_ text: String) -> String {
    var result = ""
    var scalarCount = 0
    for scalar in text.unicodeScalars {
      if scalarCount == 120 { return result + "…" }
      scalarCount += 1
      if scalar.value < 0x20 || scalar.value == 0x7F {
        result += scalar.escaped(asASCII: true)
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
