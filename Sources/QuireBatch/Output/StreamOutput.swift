import QuirePlatform

/// An output that keeps nothing of earlier runs: a pipe, a device, a standard output; with another for error lines where they
/// have one of their own.
///
/// Belongs to one thread, but for ``stopWaiting(at:)``.
package final class StreamOutput: LineSink {
  private let files: OutputPair<OutputFile>

  /// An output over files that this run has opened.
  init(_ files: OutputPair<OutputFile>) { self.files = files }

  /// Whether error lines have a file of their own.
  var separatesErrors: Bool { files.errors != nil }

  /// Files that no other file of the run may be.
  var identities: [FileIdentity] { files.all.map(\.identity) }

  package var lineCount: Int { files.all.reduce(0) { $0 + $1.lineCount } }

  package func begin() throws(IOError) {
    for file in files.all { try file.begin() }
  }

  package func write(_ line: FinishedLine) throws(IOError) {
    try files[isError: line.outcome.isError].write(line.bytes)
  }

  package func stopWaiting(at deadline: ContinuousClock.Instant) {
    for file in files.all { file.stopWaiting(at: deadline) }
  }

  package func finish(_ end: JobEnd) throws(IOError) -> LineCounts? {
    for file in files.all { try file.synchronize() }
    return nil
  }

  /// Takes away what this run made and never wrote to; for runs that cannot start.
  func discard() {
    for file in files.all { file.discard() }
  }
}
