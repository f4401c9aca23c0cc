/// Why one request is not carried out, as a value: other requests go on.
///
/// `description` says it with Swift's names, `message(in:)` with those of another dialect.
public struct RequestError: Error, Sendable, Hashable {
  /// What kind of error it is; raw values are the codes of error lines.
  public enum Code: String, Sendable, CaseIterable {
    /// The prompt, or prompt and answer together, are longer than the model or the cache.
    case contextLengthExceeded = "context_length_exceeded"
    /// A value is out of its range, or contradicts another.
    case invalidValue = "invalid_value"
    /// A value is valid, but this version does not carry it out.
    case unsupportedValue = "unsupported_value"
    /// A conversation is out of order, or holds what the format has no place for.
    case invalidMessages = "invalid_messages"
    /// A conversation for a model whose chat format is not known.
    case noChatFormat = "no_chat_format"
    /// The model's arithmetic failed on this request, or left no token to draw.
    case generationFailed = "generation_failed"
  }

  /// What kind of error it is.
  public let code: Code
  /// What is wrong.
  public let place: ErrorPlace
  /// The value found; where there is no `expected`, a statement of all that is the matter.
  public let found: ErrorText
  /// What the value must be: it completes the sentence "the value must be …".
  public let expected: ErrorText?
  /// What to do about it.
  public let remedy: ErrorText?

  /// An error; each argument is the property of its name.
  package init(
    _ code: Code, _ place: ErrorPlace, found: ErrorText, expected: ErrorText? = nil, remedy: ErrorText? = nil
  ) {
    self.code = code
    self.place = place
    self.found = found
    self.expected = expected
    self.remedy = remedy
  }

  /// One sentence, with the names of `dialect`.
  public func message(in dialect: some ErrorDialect) -> String { text.worded(in: dialect) }

  private var text: ErrorText {
    guard let expected else { return found.advising(remedy) }
    let statement: ErrorText =
      if case .constraint = place {
        "\(place: place): found \(found), expected \(expected)"
      } else if code == .unsupportedValue {
        "\(place: place) is \(found), which this version does not support: it must be \(expected)"
      } else {
        "\(place: place) is \(found), but must be \(expected)"
      }
    return statement.advising(remedy)
  }
}

extension RequestError: CustomStringConvertible {
  /// One sentence, with Swift's names.
  public var description: String { message(in: SwiftDialect()) }
}

extension ErrorText {
  /// The text with what to do behind it.
  func advising(_ remedy: ErrorText?) -> ErrorText { remedy.map { "\(self); \($0)" } ?? self }
}
