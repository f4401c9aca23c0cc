package import QuireScheduling
import QuireTestSupport

/// A discrete-event run of the real scheduler: requests arrive, are answered and aborted on a made-up clock, which each
/// step moves on by its cost. No model; the same workload gives the same figures.
package struct ScaleSimulation {
  private let cost: StepCost
  private let outputTokenLimit: Int
  private var prompts: SimulatedPrompts
  private let requests: [SimulatedRequest]
  /// Requests that are to be aborted, in the order of the times.
  private let aborts: [Int]
  private var scheduler: Scheduler
  private var random: TestRandom
  private var report = ScaleReport()

  private var now = 0.0
  private var nextArrival = 0
  private var nextAbort = 0
  /// How far each request has come.
  private var progress: [Progress]
  private var finishSeconds: [Double] = []
  private var results: [SampledResult] = []
  private var beamResults: [BeamResult] = []

  private struct Progress {
    /// Answers that are not finished.
    var unfinishedAnswerCount: Int32 = 0
    /// Prompt tokens that have been computed at least once.
    var computedPromptTokenCount: Int32 = 0
    /// The first answer's sequence.
    var firstSequence: SequenceID = 0
  }

  /// A run that has not begun; throws where a setting of the scheduler is out of range.
  package init(
    _ workload: ScaleWorkload, _ configuration: SchedulerConfiguration, cost: StepCost = StepCost()
  ) throws(SchedulerConfigurationError) {
    self.cost = cost
    outputTokenLimit = workload.outputTokens.limit
    prompts = SimulatedPrompts(workload, areKept: configuration.enablePrefixCaching)
    scheduler = try Scheduler(configuration)
    let requests = workload.requests()
    self.requests = requests
    aborts = requests.indices.filter { requests[$0].abortSeconds < .infinity }
      .sorted { requests[$0].abortSeconds < requests[$1].abortSeconds }
    progress = Array(repeating: Progress(), count: requests.count)
    random = TestRandom(seed: workload.seed ^ 0x5EED)
    finishSeconds.reserveCapacity(requests.count)
  }

  /// Runs all requests to their end.
  package mutating func run() -> ScaleReport {
    while true {
      arrive()
      abort()
      if scheduler.hasUnfinishedSequences {
        step()
      } else if nextArrival < requests.count {
        now = requests[nextArrival].arrivalSeconds
      } else {
        break
      }
    }
    precondition(scheduler.blockManager.usedBlockCount == 0, "blocks are left over")
    report.figures.elapsedSeconds = now
    report.noteFinishTimes(finishSeconds)
    return report
  }

  private mutating func arrive() {
    while nextArrival < requests.count && requests[nextArrival].arrivalSeconds <= now {
      let index = nextArrival
      nextArrival += 1
      guard let id = add(index) else {
        report.figures.refusedRequestCount += 1
        continue
      }
      progress[index].unfinishedAnswerCount = requests[index].sampleCount
      progress[index].firstSequence = id
    }
  }

  private mutating func add(_ index: Int) -> SequenceID? {
    let request = requests[index]
    return try? scheduler.add(
      requestID: RequestID(index), promptTokenIDs: prompts.tokenIDs(of: request, index),
      outputTokenLimit: outputTokenLimit, sampleCount: Int(request.sampleCount),
      beamWidth: Int(request.beamWidth))
  }

  private mutating func abort() {
    while nextAbort < aborts.count && requests[aborts[nextAbort]].abortSeconds <= now {
      let index = aborts[nextAbort]
      nextAbort += 1
      guard scheduler.abort(RequestID(index)) else { continue }
      progress[index].unfinishedAnswerCount = 0
      report.figures.abortedRequestCount += 1
    }
  }

  private mutating func step() {
    let waitingCount = scheduler.waitingCount
    let clock = ContinuousClock()
    let start = clock.now
    let output = scheduler.schedule()
    let scheduled = clock.now
    let usedBlockCount = scheduler.blockManager.usedBlockCount
    let seconds = cost.seconds(of: output)
    now += seconds
    count(output, waitingCount: waitingCount, usedBlockCount: usedBlockCount, seconds: seconds)
    for entry in output.scheduled { take(entry) }
    let computed = clock.now
    scheduler.update(results, beams: beamResults)
    let duration = clock.now - computed + (scheduled - start)
    report.stepTimes.append(
      waitingCount: waitingCount, batchSize: output.scheduled.count, duration: duration)
    results.removeAll(keepingCapacity: true)
    beamResults.removeAll(keepingCapacity: true)
  }

  private mutating func count(
    _ output: SchedulerOutput, waitingCount: Int, usedBlockCount: Int, seconds: Double
  ) {
    report.figures.stepCount += 1
    report.figures.computedTokenCount += output.scheduledTokenCount
    report.figures.preemptionCount += output.preempted.count
    report.figures.copiedBlockCount += output.blockCopies.count
    report.figures.batchedSequenceCount += output.scheduled.count
    report.figures.greatestExaminedCount = max(
      report.figures.greatestExaminedCount, scheduler.examinedSequenceCount)
    report.figures.greatestWaitingCount = max(report.figures.greatestWaitingCount, waitingCount)
    report.figures.greatestUsedBlockCount = max(report.figures.greatestUsedBlockCount, usedBlockCount)
    report.figures.usedBlockSeconds += Double(usedBlockCount) * seconds
  }

  /// Draws the tokens that a part of the batch gives rise to.
  private mutating func take(_ entry: ScheduledSequence) {
    let index = Int(entry.requestID)
    let end = entry.computedTokenCount + entry.tokenCount
    report.figures.prefixHitTokenCount += entry.prefixHitTokenCount
    countRecomputed(entry, index)
    let promptTokenCount = Int(requests[index].promptTokenCount)
    progress[index].computedPromptTokenCount = max(
      progress[index].computedPromptTokenCount, Int32(min(end, promptTokenCount)))
    guard entry.needsSample && entry.beam == 0 else { return }
    let drawnTokenCount = end - promptTokenCount + 1
    if requests[index].beamWidth > 1 {
      return search(entry, isFinished: drawnTokenCount == Int(requests[index].outputTokenCount))
    }
    for id in entry.sampleIDs {
      let length = requests[index].outputTokenCount(
        ofSample: Int(id - progress[index].firstSequence), requestIndex: index)
      report.figures.outputTokenCount += 1
      results.append(
        SampledResult(
          sequenceID: id, tokenID: prompts.outputTokenID(of: id, drawnTokenCount),
          isFinished: drawnTokenCount == length))
      if drawnTokenCount == length { finishAnswer(index) }
    }
  }

  /// Counts tokens of the batch that have been computed before.
  private mutating func countRecomputed(_ entry: ScheduledSequence, _ index: Int) {
    let end = entry.computedTokenCount + entry.tokenCount
    if entry.needsSample && entry.tokenCount == 1 { return }
    guard let state = scheduler.sequence(entry.sequenceID) else { return }
    // Of a sequence with output, all but the last known token have been.
    let known =
      state.outputTokenCount == 0
      ? Int(progress[index].computedPromptTokenCount) : state.tokenCount - 1
    report.figures.recomputedTokenCount += max(0, min(end, known) - entry.computedTokenCount)
  }

  /// Lets the beams of a search go on from any of them, or ends it.
  private mutating func search(_ entry: ScheduledSequence, isFinished: Bool) {
    let index = Int(entry.requestID)
    let width = Int(requests[index].beamWidth)
    let beamCount = scheduler.sequence(entry.sequenceID)?.beamCount ?? 1
    report.figures.outputTokenCount += width
    beamResults.append(
      BeamResult(
        sequenceID: entry.sequenceID,
        parents: isFinished ? [] : (0..<width).map { _ in random.below(beamCount) }))
    if isFinished { finishAnswer(index) }
  }

  private mutating func finishAnswer(_ index: Int) {
    progress[index].unfinishedAnswerCount -= 1
    guard progress[index].unfinishedAnswerCount == 0 else { return }
    report.figures.finishedRequestCount += 1
    finishSeconds.append(now - requests[index].arrivalSeconds)
  }
}
