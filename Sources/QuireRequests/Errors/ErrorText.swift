/// Part of an error's sentence, in which fields and options are not yet named: `ErrorDialect` does that where the error
/// is shown.
///
/// Written as a string, with `\(field: .maxTokens)`, `\(option: .blockSize)` or `\(place: .prompt)` for a name.
public struct ErrorText: Sendable, Hashable, ExpressibleByStringInterpolation {
  fileprivate enum Part: Sendable, Hashable {
    case text(String)
    case name(ErrorPlace)
  }

  private var parts: [Part]

  /// A text without names.
  public init(_ text: String) { parts = [.text(text)] }

  /// A text without names.
  public init(stringLiteral text: String) { parts = [.text(text)] }

  /// A text with names in it.
  public init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }

  /// The text as those who speak `dialect` write it.
  public func worded(in dialect: some ErrorDialect) -> String {
    parts.reduce(into: "") { text, part in
      switch part {
      case .text(let words): text += words
      case .name(let place): text += dialect.name(of: place)
      }
    }
  }

  /// One text after the other.
  package static func + (first: ErrorText, second: ErrorText) -> ErrorText { "\(first)\(second)" }

  /// Collects the parts of a text.
  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var parts: [Part] = []

    /// No parts; the sizes are hints, and not used.
    public init(literalCapacity: Int, interpolationCount: Int) {}

    /// Words as they stand.
    public mutating func appendLiteral(_ literal: String) {
      guard !literal.isEmpty else { return }
      // Joined, so that equal texts are equal however they were put together.
      if case .text(let before) = parts.last {
        parts[parts.count - 1] = .text(before + literal)
      } else {
        parts.append(.text(literal))
      }
    }

    /// A value, as its description.
    public mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      appendLiteral(value.description)
    }

    /// The name of a sampling parameter.
    public mutating func appendInterpolation(field: SamplingField) { parts.append(.name(.parameter(field))) }

    /// The name of an option.
    public mutating func appendInterpolation(option: OptionName) { parts.append(.name(.option(option))) }

    /// The name of any place.
    public mutating func appendInterpolation(place: ErrorPlace) { parts.append(.name(place)) }

    /// Appends another text with its names.
    public mutating func appendInterpolation(_ text: ErrorText) {
      for part in text.parts {
        switch part {
        case .text(let words): appendLiteral(words)
        case .name: parts.append(part)
        }
      }
    }
  }
}
