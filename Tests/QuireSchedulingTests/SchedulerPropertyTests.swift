import QuireTestSupport
import Testing

@testable import QuireScheduling

@Suite("Scheduler: random schedules")
struct SchedulerPropertyTests {
  @Test(
    "20,000 random schedules keep every invariant after every step and finish with exactly their tokens",
    arguments: 0..<20)
  func randomSchedules(batch: Int) throws {
    var random = TestRandom(seed: UInt64(batch))
    var (stepCount, preemptionCount) = (0, 0)
    for _ in 0..<1000 {
      var simulation = try Simulation(&random)
      try simulation.run(&random)
      stepCount += simulation.stepCount
      preemptionCount += simulation.preemptionCount
    }
    // The cases are worth something only when pools are tight.
    #expect(stepCount > 10_000 && preemptionCount > 200, "\(stepCount) steps, \(preemptionCount) preemptions")
  }

  @Test("a small budget and a small pool starve nobody: the eldest always gets on")
  func progress() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(maxNumSeqs: 8, maxNumBatchedTokens: 3, blockSize: 2, blockCount: 20))
    for request in 0..<8 {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenCount: 10, outputTokenLimit: 30)
    }
    var outputCounts = [Int](repeating: 0, count: 8)
    var preemptionCount = 0
    while let eldest = scheduler.runningSequenceIDs.first ?? scheduler.waitingSequenceIDs.first {
      let step = scheduler.schedule()
      preemptionCount += step.preempted.count
      #expect(step.scheduled.first?.sequenceID == eldest)
      scheduler.update(
        step.scheduled.filter(\.needsSample).map { entry in
          outputCounts[Int(entry.sequenceID)] += 1
          return SampledResult(
            sequenceID: entry.sequenceID, isFinished: outputCounts[Int(entry.sequenceID)] == 30)
        })
    }
    #expect(outputCounts == [Int](repeating: 30, count: 8))
    #expect(preemptionCount > 0)
  }

  @Test("a million waiting requests add nothing to the work of a step")
  func millionWaiting() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(maxNumSeqs: 16, maxNumBatchedTokens: 64, blockCount: 64))
    for request in 0..<1_000_000 {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenCount: 8, outputTokenLimit: 4)
    }
    for _ in 0..<200 {
      let step = scheduler.schedule()
      #expect(scheduler.examinedSequenceCount <= 17)
      scheduler.update(
        step.scheduled.filter(\.needsSample).map { entry in
          SampledResult(
            sequenceID: entry.sequenceID,
            isFinished: scheduler.sequence(entry.sequenceID)?.outputTokenCount == 3)
        })
    }
    #expect(scheduler.waitingCount < 1_000_000 && scheduler.waitingCount > 990_000)
    for request in stride(from: 999_999, to: 0, by: -1) { scheduler.abort(RequestID(request)) }
    #expect(scheduler.waitingCount == 0)
  }
}

/// One random engine life: arrivals over time, aborts, finishes before the limit.
private struct Simulation {
  private var scheduler: Scheduler
  private var arrivals: [Arrival]
  private var nextArrival = 0
  private(set) var stepCount = 0
  private(set) var preemptionCount = 0
  private var owed: [SequenceID: Progress] = [:]

  private struct Arrival {
    let promptTokenCount: Int
    let outputTokenLimit: Int
    /// Number of output tokens after which the sequence says that it is finished.
    let outputTokenCount: Int
  }

  private struct Progress {
    let arrival: Arrival
    var computed = 0
    var output = 0
  }

  init(_ random: inout TestRandom) throws {
    let isChunked = random.below(3) > 0
    let blockSize = random.below(4) + 1
    let configuration = SchedulerConfiguration(
      maxNumSeqs: random.below(8) + 1, maxNumBatchedTokens: random.below(16) + 1, blockSize: blockSize,
      blockCount: (24 + random.below(24)) / blockSize, enableChunkedPrefill: isChunked,
      longPrefillTokenThreshold: isChunked && random.below(2) == 0 ? random.below(6) + 1 : nil)
    scheduler = try Scheduler(configuration)
    arrivals = (0..<random.below(10) + 1).map { _ in
      let limit = random.below(12) + 1
      return Arrival(
        promptTokenCount: random.below(14) + 1, outputTokenLimit: limit,
        outputTokenCount: random.below(3) == 0 ? random.below(limit) + 1 : limit)
    }
  }

  mutating func run(_ random: inout TestRandom) throws {
    while nextArrival < arrivals.count || scheduler.hasUnfinishedSequences {
      try arrive(&random)
      if random.below(12) == 0 { abortOne(&random) }
      let output = scheduler.schedule()
      try #require(scheduler.checkInvariants() == [])
      try #require(output.isEmpty == !scheduler.hasUnfinishedSequences)
      if output.isEmpty { continue }
      let isAborting = random.below(12) == 0
      if isAborting { abortOne(&random) }
      for id in output.preempted { owed[id]?.computed = 0 }
      try apply(output)
      try #require(scheduler.checkInvariants() == [])
      stepCount += 1
      preemptionCount += output.preempted.count
      try #require(stepCount < 2000, "the schedule does not end")
    }
    #expect(owed.isEmpty)
    #expect(scheduler.blockManager.freeBlockCount == scheduler.configuration.blockCount)
  }

  private mutating func arrive(_ random: inout TestRandom) throws {
    while nextArrival < arrivals.count && (random.below(2) == 0 || !scheduler.hasUnfinishedSequences) {
      let arrival = arrivals[nextArrival]
      let configuration = scheduler.configuration
      let tokenCount = arrival.promptTokenCount + arrival.outputTokenLimit
      let fits =
        tokenCount <= configuration.blockCount * configuration.blockSize
        && (configuration.enableChunkedPrefill
          || arrival.promptTokenCount <= configuration.maxNumBatchedTokens)
      do {
        let id = try scheduler.add(
          requestID: RequestID(nextArrival), promptTokenCount: arrival.promptTokenCount,
          outputTokenLimit: arrival.outputTokenLimit)
        #expect(fits)
        owed[id] = Progress(arrival: arrival)
      } catch {
        #expect(!fits)
      }
      nextArrival += 1
      if !scheduler.hasUnfinishedSequences && nextArrival == arrivals.count { return }
    }
  }

  private mutating func abortOne(_ random: inout TestRandom) {
    guard nextArrival > 0 else { return }
    let request = RequestID(random.below(nextArrival))
    let victims = owed.keys.filter { scheduler.sequence($0)?.requestID == request }
    let isFound = scheduler.abort(request)
    #expect(isFound == !victims.isEmpty)
    for id in victims { owed[id] = nil }
  }

  /// Plays the model: checks that each sequence's tokens come in order, none twice and none left out.
  private mutating func apply(_ output: SchedulerOutput) throws {
    var results: [SampledResult] = []
    for entry in output.scheduled {
      guard var progress = owed[entry.sequenceID] else {
        // Aborted since: its result must be without effect.
        if entry.needsSample {
          results.append(SampledResult(sequenceID: entry.sequenceID, isFinished: false))
        }
        continue
      }
      try #require(entry.computedTokenCount == progress.computed)
      progress.computed += entry.tokenCount
      let known = progress.arrival.promptTokenCount + progress.output
      try #require(progress.computed <= known)
      try #require(entry.needsSample == (progress.computed == known))
      try #require(
        scheduler.blockTable(of: entry.sequenceID).count * scheduler.configuration.blockSize
          >= progress.computed)
      if entry.needsSample {
        progress.output += 1
        let isFinished = progress.output == progress.arrival.outputTokenCount
        results.append(SampledResult(sequenceID: entry.sequenceID, isFinished: isFinished))
        owed[entry.sequenceID] = isFinished ? nil : progress
      } else {
        owed[entry.sequenceID] = progress
      }
    }
    scheduler.update(results)
    for (id, progress) in owed {
      try #require(scheduler.sequence(id)?.outputTokenCount == progress.output)
    }
  }
}
