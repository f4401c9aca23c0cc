package import QuireEngine
import QuireScheduling

/// Watches a run from its first step to its end: sums it up, tells each step, and draws its timeline.
///
/// Belongs to the job's thread. Its memory does not depend on the length of the run.
package final class RunObserver: StepObserver {
  /// What has been done so far.
  package private(set) var metrics = EngineMetrics()
  /// The time that this observer took itself.
  package private(set) var ownTime = Duration.zero

  /// One for each engine that has made a step.
  private var trackers: [Int: SequenceTracker] = [:]
  private var lines = LineNames()
  private let timeline: TimelineFile?
  private let tellStep: ((String) -> Void)?
  private let start: ContinuousClock.Instant

  /// - Parameters:
  ///   - start: when the run began; all times of its records count from there.
  ///   - timeline: where the picture of the run goes; nil for none.
  ///   - tellStep: given a line of text for each step; nil for nobody.
  package init(
    start: ContinuousClock.Instant = .now, timeline: TimelineFile? = nil, tellStep: ((String) -> Void)? = nil
  ) {
    self.start = start
    self.timeline = timeline
    self.tellStep = tellStep
  }

  /// A line has become a request of the engine.
  package func begin(requestID: UInt64, line name: @autoclosure () -> LineName) {
    if namesLines { lines.begin(requestID, name()) }
  }

  /// A request has been answered, or has failed.
  package func end(requestID: UInt64) { if namesLines { lines.end(requestID) } }

  /// Whether anybody is told of lines by their names.
  private var namesLines: Bool { timeline != nil || tellStep != nil }

  /// Sums up a step, tells it and draws it, as far as each is asked for.
  package func observe(_ step: StepRecord) {
    let began = ContinuousClock.now
    let changes = trackers[step.engine ?? 0, default: SequenceTracker()].advance(step)
    if namesLines { for admission in changes.admitted { lines.note(admission.entry) } }
    metrics.add(step, changes, start: step.times.start - start)
    tellStep?(StepText.line(step, changes, names: lines))
    timeline?.add(step, changes, start: step.times.start - start, names: lines)
    ownTime += .now - began
  }

  /// Closes the timeline; call it once, when the job has ended. `end`: how it did, nil where it failed. Throws where the
  /// timeline could not be written whole.
  package func finish(_ end: JobEnd?, _ progress: JobProgress) throws(IOError) {
    try timeline?.finish(metrics, end, progress, at: .now - start)
  }
}
