/// Where a job's lines come from.
package protocol LineSource: AnyObject {
  /// The next line that is not blank.
  /// - Parameter waitMilliseconds: how long to wait for a line that is not there yet: 0 not at all.
  func next(waitMilliseconds: Int32) throws(IOError) -> LineEvent
  /// Bytes of the input that lines were made of so far.
  var consumedByteCount: Int { get }
}

/// What came of asking for a line.
package enum LineEvent: Equatable, Sendable {
  /// The next line that is not blank.
  case line(InputLine)
  /// Nothing yet; only where the caller did not want to wait, or waited in vain.
  case notReady
  /// The input has ended.
  case end
}
