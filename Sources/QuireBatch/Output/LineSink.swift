/// Where a job's answers go: lines appear whole or not at all.
package protocol LineSink: AnyObject {
  /// Makes ready for the first line.
  func begin() throws(IOError)
  /// Takes one line, newline included.
  func write(_ line: [UInt8]) throws(IOError)
  /// Makes sure that what was written stays.
  func finish() throws(IOError)
  /// Whole lines written so far.
  var lineCount: Int { get }
}
