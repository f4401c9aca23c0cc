/// A line of an output that is not what it should be.
package struct AnswerDifference: Equatable, Sendable {
  /// What is the matter with the line.
  package enum Kind: Sendable {
    /// Its bytes are not those that were written.
    case changed
    /// It was written, and is not there.
    case missing
    /// Nobody wrote it.
    case added
    /// Computed again, its answer is another.
    case otherAnswer
    /// The input has other content in its place.
    case otherContent
    /// The input has no such line.
    case noLine
  }

  /// What is the matter with the line.
  package let kind: Kind
  /// The number from 1 of the line in the output, of a missing one of the line in its place.
  package let lineNumber: Int
  /// The place from 0 of the input's line that is answered; nil where nobody knows it.
  package let index: Int?
}

/// Lines of an output that are not what they should be: how many, and the first of them.
package struct AnswerDifferences: Equatable, Sendable {
  /// Lines that are told one by one.
  static let toldCount = 20

  /// How many there are.
  package private(set) var count = 0
  /// The first of them.
  package private(set) var first: [AnswerDifference] = []

  mutating func add(_ difference: AnswerDifference) {
    count += 1
    if first.count < Self.toldCount { first.append(difference) }
  }

  /// Says of the last line that nobody wrote it.
  mutating func retypeLastAsAdded() {
    // Those that are only counted have no kind.
    guard count == first.count, let last = first.popLast() else { return }
    first.append(AnswerDifference(kind: .added, lineNumber: last.lineNumber, index: nil))
  }
}
