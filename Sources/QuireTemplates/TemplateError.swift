/// Why a template could not be read, or could not be rendered: what was found, where, and what would be right.
package struct TemplateError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of errors that callers tell apart.
  package enum Kind: Sendable, Equatable {
    /// The source is no template of the language that is covered.
    case syntax
    /// The template itself called `raise_exception`: `message` is its text.
    case raised
    /// An operation that has no meaning for its values, or a value that is not there.
    case evaluation
    /// A name, attribute or element that is not there, where the caller wants none to be missing.
    case undefined
    /// A limit of steps, memory, output, size or depth was reached.
    case limit
  }

  /// The place of an error in the source: line and column from 1, columns in Unicode scalars.
  package struct Place: Sendable, Equatable {
    /// The line, from 1.
    package let line: Int
    /// The column, from 1.
    package let column: Int
  }

  /// What kind of error it is.
  package let kind: Kind
  /// What is wrong, one sentence without its place; for `raised` the template's own text.
  package let message: String
  /// Where it is: the token that cannot stand there, or the tag that was being rendered.
  package let place: Place?

  /// An error at a place, if it is known already.
  package init(_ kind: Kind, _ message: String, at place: Place? = nil) {
    self.kind = kind
    self.message = message
    self.place = place
  }

  /// The sentence with its place.
  package var description: String {
    guard let place else { return message }
    return "line \(place.line), column \(place.column): \(message)"
  }

  /// The same error at `place`, where none is known yet.
  func located(_ place: Place) -> TemplateError {
    self.place == nil ? TemplateError(kind, message, at: place) : self
  }

  /// An error of evaluation.
  static func evaluation(_ message: String) -> TemplateError { TemplateError(.evaluation, message) }
  /// An error of a limit.
  static func limit(_ message: String) -> TemplateError { TemplateError(.limit, message) }
}
