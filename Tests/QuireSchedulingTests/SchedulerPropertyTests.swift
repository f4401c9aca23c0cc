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
    var total = ScheduleSimulation.Counts()
    for _ in 0..<1000 {
      var simulation = try ScheduleSimulation(&random)
      try simulation.run(&random)
      total += simulation.counts
    }
    // The cases are worth something only when pools are tight, and prompts shared.
    #expect(
      total.steps > 10_000 && total.preemptions > 200 && total.forks > 500 && total.copies > 500
        && total.beamPreemptions > 10 && total.releases > 20, "\(total)")
    #expect(
      total.hits > 1500 && total.resumedHits > 700 && total.sameStepHits > 100, "\(total)")
    #expect(
      total.vacatedEntries > 2000 && total.longSequences > 30 && total.longGroupedSequences > 1
        && total.groupedHits > 50 && total.urgentPreemptions > 200, "\(total)")
    #expect(total.turns > 200, "\(total)")
    #expect(total.drafts > 3000 && total.rightDrafts > 1000, "\(total)")
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
    let prompt = [Int32](0..<8)
    for request in 0..<1_000_000 {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenIDs: prompt, outputTokenLimit: 4)
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
