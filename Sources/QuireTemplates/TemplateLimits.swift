/// Bounds of one template: nothing that a template says can take more.
///
/// The standard limits leave a hundred times what the largest published templates need for long conversations.
package struct TemplateLimits: Sendable, Equatable {
  /// Bytes of a source.
  package var sourceBytes = 1 << 20
  /// Expressions that may stand in one another.
  package var expressionDepth = 200
  /// Statements that may stand in one another.
  package var statementDepth = 50
  /// Evaluations in progress at one time: what bounds the recursion of macros and loops.
  package var evaluationDepth = 1000
  /// Lists and dictionaries that may stand in one another.
  package var valueDepth = 200
  /// Evaluations of one rendering; each 16 bytes of text that are made or searched count as one more.
  package var steps = 50_000_000
  /// Steps that each byte of the variables' texts adds, so that long conversations have their time.
  package var stepsPerInputByte = 100
  /// Bytes of all texts and elements that one rendering makes, released ones included.
  package var allocatedBytes = 256 << 20
  /// Bytes that each byte of the variables' texts adds to `allocatedBytes`.
  package var allocatedBytesPerInputByte = 256
  /// Bytes of the text that one rendering writes.
  package var outputBytes = 128 << 20

  /// The limits that hold unless the caller says otherwise.
  package static let standard = TemplateLimits()
}
