import QuireRequests
import QuireEngine
import QuireScheduling
import QuireTestSupport

/// A run of the real scheduler without a model: random requests, a made-up clock.
struct ScheduledRun {
  private var scheduler: Scheduler
  private var random: TestRandom
  private var stepNumber = 0
  private var time = Duration.zero
  private var nextRequest: RequestID = 0
  private let requestCount: Int

  /// The instant that all times count from.
  let start = ContinuousClock.now
  /// What every step was like.
  private(set) var steps: [StepRecord] = []
  /// Sequences that ended, however they did, without having been aborted.
  private(set) var endedSequenceIDs: Set<SequenceID> = []

  init(seed: UInt64, requestCount: Int, blockCount: Int = 40, runningLimit: Int = 6) throws {
    random = TestRandom(seed: seed)
    self.requestCount = requestCount
    scheduler = try Scheduler(
      SchedulerConfiguration(
        maxNumSeqs: runningLimit, maxNumBatchedTokens: 24, blockSize: 4, blockCount: blockCount))
  }

  /// Makes the next step, nil when all requests have ended; `began` is told of each request before it.
  mutating func next(aborting: Bool = false, began: (RequestID) -> Void) throws -> StepRecord? {
    while nextRequest < requestCount, !scheduler.hasUnfinishedSequences || random.below(3) > 0 {
      let sampleCount = random.below(4) == 0 ? 3 : 1
      // Some have their beginnings in common, which the prefix cache finds.
      let sharedCount = random.below(3) * 8
      let prompt = (0..<1 + random.below(40)).map { place in
        place < sharedCount ? Int32(place) : Int32(100 + random.below(1000))
      }
      _ = try scheduler.add(
        requestID: nextRequest, promptTokenIDs: prompt,
        outputTokenLimit: 1 + random.below(20), sampleCount: sampleCount)
      began(nextRequest)
      nextRequest += 1
    }
    if aborting, random.below(6) == 0, let last = steps.last?.batch.scheduled.last {
      scheduler.abort(last.requestID)
    }
    guard scheduler.hasUnfinishedSequences else {
      return nextRequest < requestCount ? try next(began: began) : nil
    }
    stepNumber += 1
    time += .microseconds(random.below(300))
    let batch = scheduler.schedule()
    let load = EngineLoad(scheduler)
    var times = StepTimes(start: start + time)
    times.phases.forward = .microseconds(1 + random.below(900))
    times.phases.text = .nanoseconds(random.below(5_000))
    time += times.phases.total
    var results: [SampledResult] = []
    for entry in batch.scheduled {
      guard let state = scheduler.sequence(entry.sequenceID) else { continue }
      for id in entry.sampleIDs {
        let isLast = state.outputTokenCount + 1 == state.outputTokenLimit
        results.append(SampledResult(sequenceID: id, tokenID: 7, isFinished: isLast || random.below(30) == 0))
      }
    }
    scheduler.update(results)
    let ended = batch.scheduled.map(\.sequenceID).filter { scheduler.sequence($0) == nil }
    endedSequenceIDs.formUnion(ended)
    let step = StepRecord(
      number: stepNumber, batch: batch, load: load, times: times, outputTokenCount: results.count,
      prefixHitTokenCount: batch.scheduled.map(\.prefixHitTokenCount).reduce(0, +), endedSequenceIDs: ended)
    steps.append(step)
    return step
  }
}
