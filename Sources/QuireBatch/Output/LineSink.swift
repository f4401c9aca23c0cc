/// Where a job's answers go: lines appear whole or not at all.
///
/// Belongs to one thread at a time, but for ``stopWaiting(at:)``.
package protocol LineSink: AnyObject {
  /// Makes ready for the first line.
  func begin() throws(IOError)
  /// Takes one line.
  func write(_ line: FinishedLine) throws(IOError)
  /// Takes lines that came together, in their order.
  ///
  /// - Returns: how many of them, the first ones, are in the output; why not all.
  func write(_ lines: [FinishedLine]) -> (count: Int, failure: IOError?)
  /// What earlier runs drew for lines that they did not write, once the sink is ready; nil where nothing is noted of
  /// unfinished lines.
  var unfinished: UnfinishedLines? { get }
  /// Notes what was drawn for lines that are not written yet.
  func record(_ entries: [JournalEntry]) throws(IOError)
  /// Called when there is nothing to write for now, at least once a second until there is.
  func rest() throws(IOError)
  /// Lets a write wait for whoever reads until then, and no longer. May be called from any thread.
  func stopWaiting(at deadline: ContinuousClock.Instant)
  /// Makes sure that what was written stays.
  ///
  /// - Returns: what a complete output amounts to, where earlier runs had a part in it.
  func finish(_ end: JobEnd) throws(IOError) -> LineCounts?
  /// What the sink has to know of the input once the job is complete; nil where it keeps nothing of it.
  var census: InputCensus? { get }
  /// Whole lines in the output.
  var lineCount: Int { get }
}

extension LineSink {
  /// One after the other.
  package func write(_ lines: [FinishedLine]) -> (count: Int, failure: IOError?) {
    for (count, line) in lines.enumerated() {
      do throws(IOError) { try write(line) } catch { return (count, error) }
    }
    return (lines.count, nil)
  }
  package var unfinished: UnfinishedLines? { nil }
  package func record(_ entries: [JournalEntry]) throws(IOError) {}
  package var census: InputCensus? { nil }
  package func rest() throws(IOError) {}
  package func stopWaiting(at deadline: ContinuousClock.Instant) {}
}
