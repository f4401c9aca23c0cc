import QuireEngine
import QuireBatch
import QuirePlatform

/// The records of a run that were asked for: metrics, timeline, a line a step.
struct RunRecords {
  /// What watches the run; nil where nothing was asked for, so that nothing is spent on it.
  let observer: RunObserver?

  private let facts: RunFacts
  private let metrics: MetricsWriter?
  private let start = ContinuousClock.now

  /// Begins the records; the job follows.
  init(_ files: RunFiles, _ facts: RunFacts, log: Log) {
    self.facts = facts
    metrics = files.metrics.map(MetricsWriter.init)
    let tellsSteps = log.level <= .debug
    guard tellsSteps || files.metrics != nil || files.timeline != nil else {
      observer = nil
      return
    }
    observer = RunObserver(
      start: start, timeline: files.timeline.map { TimelineFile($0.output, $0.format, facts) },
      tellStep: tellsSteps ? { text in log.debug(text) } : nil)
  }

  /// Brings the metrics up to date now and then.
  func update(_ progress: JobProgress) {
    guard let observer, let metrics else { return }
    metrics.refreshIfDue { report(observer, nil, isRunning: true, progress) }
  }

  private func report(
    _ observer: RunObserver, _ end: JobEnd?, isRunning: Bool = false, _ progress: JobProgress
  ) -> MetricsReport {
    MetricsReport(
      facts: facts, end: end, isRunning: isRunning, totalTime: ContinuousClock.now - start,
      progress: progress,
      metrics: observer.metrics, observationTime: observer.ownTime,
      peakResidentBytes: SystemMemory.peakResidentBytes())
  }

  /// Ends the records. `end`: how the job ended, nil where it failed.
  ///
  /// - Returns: whether they are whole; else standard error says what is wrong.
  @discardableResult
  func finish(_ end: JobEnd?, _ progress: JobProgress) -> Bool {
    guard let observer else { return true }
    var isWhole = true
    func reporting(_ write: () throws(IOError) -> Void) {
      do throws(IOError) {
        try write()
      } catch {
        StandardError.tell("\(error)\(end == nil ? "" : "; the answers are not affected")", level: .error)
        isWhole = false
      }
    }
    reporting { () throws(IOError) in try observer.finish(end, progress) }
    if let metrics {
      let report = report(observer, end, progress)
      reporting { () throws(IOError) in try metrics.finish(report) }
    }
    return isWhole
  }
}
