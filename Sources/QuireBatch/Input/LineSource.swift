/// Where a job's lines come from.
package protocol LineSource: AnyObject {
  /// The next line that is not blank.
  /// - Parameter waitMilliseconds: how long to wait for a line that is not there yet: 0 not at all.
  func next(waitMilliseconds: Int32) throws(IOError) -> LineEvent
  /// Bytes of the input that lines were made of so far.
  var consumedByteCount: Int { get }
  /// What is wrong with an input that ended before its end, for whom it is found out after the lines before it were
  /// answered; nil for nothing.
  var failure: JobError? { get }
  /// How often the lines have begun anew: those of another reading do not count among identical ones of this.
  var passNumber: Int { get }
  /// What messages call the line at a place in the input, from 0, as in "line 3".
  func name(ofIndex index: Int) -> String
}

/// Lines of one file, which another may follow.
protocol FileLines: LineSource {
  /// Lines or rows that lie behind, blank lines included.
  var passedLineCount: Int { get }
}

extension LineSource {
  /// Lines that are there cannot be damaged.
  package var failure: JobError? { nil }
  /// Most sources are read once.
  package var passNumber: Int { 0 }
  /// A line by its number, from 1.
  package func name(ofIndex index: Int) -> String { "line \(index + 1)" }
}

/// What came of asking for a line.
package enum LineEvent: Equatable, Sendable {
  /// The next line that is not blank.
  case line(InputLine)
  /// Nothing yet; only where the caller did not want to wait, or waited in vain, or a line is very long.
  case notReady
  /// The input has ended.
  case end
}
