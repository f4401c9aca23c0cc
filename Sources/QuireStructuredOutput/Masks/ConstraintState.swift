/// How far one answer has come in its constraint: a value, copied for each sample of a request.
package struct ConstraintState: Sendable, Hashable {
  /// The state of the rule that is being read.
  var top: Int32
  /// The states to return to, innermost last.
  var stack: [Int32]
  /// All ways in which the answer may be read, where one state does not say it.
  var ways: ReadingWays?
  /// Tokens of the shortest known completion.
  package internal(set) var distance: Int

  /// Whether the answer may end here.
  package var isAccepting: Bool { distance == 0 }
}
