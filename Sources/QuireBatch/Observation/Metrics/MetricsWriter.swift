import Dispatch
import Synchronization

/// Keeps a metrics file up to date while a run goes on: on a thread of its own, since a disk may be slow.
package final class MetricsWriter: @unchecked Sendable {
  /// How often the file is brought up to date.
  package static let interval = Duration.seconds(2)

  /// Belongs to `queue`.
  private let file: MetricsFile
  private let queue = DispatchQueue(label: "quire.metrics", qos: .utility)
  private let isWriting = Atomic(false)
  private var lastRefresh = ContinuousClock.now

  /// Writes to a file that nobody else uses.
  package init(_ file: MetricsFile) { self.file = file }

  /// Brings the file up to date where it is time to; returns at once. From one thread.
  package func refreshIfDue(_ report: () -> MetricsReport) {
    let now = ContinuousClock.now
    guard now - lastRefresh >= Self.interval, !isWriting.load(ordering: .acquiring) else { return }
    lastRefresh = now
    isWriting.store(true, ordering: .relaxed)
    let report = report()
    queue.async { [self] in
      file.refresh(report.bytes)
      isWriting.store(false, ordering: .releasing)
    }
  }

  /// Writes what the run amounted to. Throws as `MetricsFile.write` does.
  package func finish(_ report: MetricsReport) throws(IOError) {
    let result = queue.sync { Result { () throws(IOError) in try file.write(report.bytes) } }
    try result.get()
  }
}
