import QuireEngine
import QuireJSON
import QuireScheduling

/// Writes a page that needs nothing but a browser: style and program first, then the run as rows of JSON, one a line, in
/// a block of plain text that the program reads. The page opens, too, where the rows break off.
///
/// A page holds so many bars and steps that a browser draws it smoothly, and says where they end; the whole run is there
/// as intervals, which come last.
struct PageEncoder: TimelineEncoder {
  /// Bars of a page: about 3 MB of rows.
  static let defaultBarLimit = 20_000
  /// Steps of a page: about 5 MB of rows.
  static let defaultStepLimit = 50_000

  let barLimit: Int?
  private let stepLimit: Int
  private var stepCount = 0

  init(barLimit: Int = PageEncoder.defaultBarLimit, stepLimit: Int = PageEncoder.defaultStepLimit) {
    self.barLimit = barLimit
    self.stepLimit = stepLimit
  }

  mutating func begin(_ facts: RunFacts, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: TimelinePage.top.utf8)
    let configuration = facts.configuration
    row("run", to: &bytes) { row in
      row.string(facts.modelName)
      row.string(facts.version)
      row.integer(facts.threadCount)
      row.string(facts.instructionSet)
      row.integer(facts.kvCachePlan.blockCount * facts.engineCount)
      row.integer(facts.kvCachePlan.blockSize)
      row.integer(configuration.maxNumSeqs)
      row.integer(configuration.maxNumBatchedTokens)
      row.integer(facts.engineCount)
    }
  }

  mutating func add(_ bar: TimelineBar, to bytes: inout [UInt8]) {
    row("bar", to: &bytes) { row in
      row.integer(bar.lane)
      row.integer(bar.start.microseconds)
      row.integer((bar.prefillEnd ?? bar.end).microseconds)
      row.integer(bar.end.microseconds)
      row.string(bar.ending.rawValue)
      row.string(bar.label)
      row.integer(bar.line?.number ?? 0)
      row.integer(bar.sequenceID)
      row.integer(bar.isResumed ? 1 : 0)
      row.integer(bar.promptTokenCount)
      row.integer(bar.cachedTokenCount)
      row.integer(bar.computedTokenCount)
      row.integer(bar.drawCount)
      row.integer(bar.beamCount)
    }
  }

  mutating func add(_ step: StepRecord, start: Duration, to bytes: inout [UInt8]) {
    stepCount += 1
    guard stepCount <= stepLimit else { return }
    let (phases, load) = (step.times.phases, step.load)
    row("step", to: &bytes) { row in
      row.integer(step.number)
      row.integer(start.microseconds)
      row.integer((start + phases.total).microseconds)
      row.integer(step.batch.scheduled.count)
      row.integer(step.batch.scheduledTokenCount)
      row.integer(step.promptTokenCount)
      row.integer(load.usedBlockCount)
      row.integer(load.runningCount)
      row.integer(load.waitingCount)
      row.integer(step.batch.preempted.count)
      for phase in phases.named { row.integer(phase.time.microseconds) }
    }
  }

  mutating func endBars(at time: Duration, to bytes: inout [UInt8]) {
    row("cut", to: &bytes) { $0.integer(time.microseconds) }
  }

  mutating func end(
    _ metrics: EngineMetrics, _ end: JobEnd?, _ progress: JobProgress, at time: Duration,
    to bytes: inout [UInt8]
  ) {
    for interval in metrics.history.intervals {
      row("interval", to: &bytes) { row in
        row.integer(interval.start.microseconds)
        row.integer(interval.end.microseconds)
        row.integer(interval.stepCount)
        row.number(interval.meanSequencesPerStep)
        row.number(interval.meanTokensPerStep)
        row.number(interval.meanUsedBlockCount)
        row.number(interval.meanRunningCount)
        row.number(interval.meanWaitingCount)
        row.integer(interval.promptTokenCount)
      }
    }
    let total = metrics.total
    row("end", to: &bytes) { row in
      row.string(JobEnd.name(end))
      row.integer(time.microseconds)
      row.integer(total.stepCount)
      row.integer(total.computedTokenCount)
      row.integer(total.promptTokenCount)
      row.integer(total.outputTokenCount)
      row.integer(total.prefixHitTokenCount)
      row.integer(metrics.recomputedTokenCount)
      row.integer(total.preemptionCount)
      row.integer(total.peakUsedBlockCount)
      for phase in metrics.phases.named { row.integer(phase.time.microseconds) }
      row.integer(progress.answeredLineCount)
      row.integer(progress.errorLineCount)
    }
    bytes.append(contentsOf: "</script>\n</body>\n</html>\n".utf8)
  }

  /// An array whose first element says what it is. A `<` is written as its escape, so that no text ends the block.
  private func row(_ kind: String, to bytes: inout [UInt8], _ elements: (inout JSONWriter) -> Void) {
    var line = JSONWriter(escapesLessThan: true)
    line.beginArray()
    line.string(kind)
    elements(&line)
    line.endArray()
    line.endLine()
    bytes.append(contentsOf: line.bytes)
  }
}
