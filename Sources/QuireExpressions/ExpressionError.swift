/// Why a regular expression was refused: where, what was found, what was expected.
package struct ExpressionError: Error, Equatable, Sendable {
  /// The kinds of failure.
  package enum Reason: Sendable {
    /// The text is no expression.
    case malformed
    /// The expression is well formed and asks for something that is not done.
    case unsupported
    /// The expression is larger than the limits of ``ExpressionLimits``.
    case limit
  }

  /// The kind of failure.
  package let reason: Reason
  /// The place in the expression, in Unicode scalars from 0.
  package let offset: Int
  /// What stands there.
  package let found: String
  /// What would be right.
  package let expected: String

  init(_ reason: Reason, _ offset: Int, _ found: String, _ expected: String) {
    self.reason = reason
    self.offset = offset
    self.found = found
    self.expected = expected
  }
}

/// Bounds on what a stranger's expression may ask for; those of published tokenizers stay within a tenth
/// of each but the count of a repetition, which one reaches.
package enum ExpressionLimits {
  /// The longest text of an expression, in bytes.
  package static let textByteCount = 1 << 15
  /// The deepest groups in one another.
  package static let groupDepth = 64
  /// The greatest count of a repetition.
  package static let repetitionCount = 512
  /// The most instructions of a compiled expression.
  package static let instructionCount = 4096
  /// The most choices of a compiled expression: the memory for failures is a bit for each and each byte of a text.
  package static let choiceCount = 512
  /// The deepest repetitions in one another of parts that may match nothing.
  package static let emptyRepetitionDepth = 4
}
