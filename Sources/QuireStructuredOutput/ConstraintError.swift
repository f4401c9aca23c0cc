/// Why a constraint is not taken: where, what stands there, and what would be.
package struct ConstraintError: Error, Equatable, CustomStringConvertible {
  /// What is the matter.
  package enum Kind: String, Sendable {
    /// The text is no regular expression, JSON or schema at all.
    case malformed
    /// It is one, with something in it that is not covered.
    case unsupported
    /// No answer could satisfy it.
    case unsatisfiable
    /// It is larger than a limit.
    case limit
  }

  /// What is the matter.
  package let kind: Kind
  /// The field, and inside it the JSON pointer into the schema or the offset in the expression.
  package let place: String
  /// What stands there.
  package let found: String
  /// What would be taken.
  package let expected: String

  /// The whole error as one sentence.
  package var description: String { "\(place): found \(found), expected \(expected)" }

  init(_ kind: Kind, _ place: String, found: String, expected: String) {
    self.kind = kind
    self.place = place
    self.found = found
    self.expected = expected
  }

  /// More of something than a limit allows.
  @inline(never)
  static func limit(_ place: String, _ found: String, atMost limit: Int, _ noun: String) -> ConstraintError {
    ConstraintError(.limit, place, found: found, expected: "at most \(limit) \(noun)")
  }
}
