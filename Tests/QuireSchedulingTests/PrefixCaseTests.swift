import Testing

@testable import QuireScheduling

@Suite("Prefix cache: worked cases")
struct PrefixCaseTests {
  /// One step in the words of docs/scheduler.md: who, tokens found + computed + new, blocks; then who was preempted.
  private func row(_ step: SchedulerOutput, _ scheduler: Scheduler, _ names: [String]) -> String {
    let parts = step.scheduled.map { entry in
      "\(names[Int(entry.sequenceID)]) \(entry.computedTokenCount)+\(entry.tokenCount) "
        + "\(entry.blockTable.blockIDs)"
        + (entry.prefixHitTokenCount > 0 ? " \(entry.prefixHitTokenCount) found" : "")
    }
    return (parts + step.preempted.map { "-\(names[Int($0)])" }).joined(separator: " | ")
  }

  /// Tells the scheduler of the step's samples: each sequence's tokens count up from its id × 1000.
  private func finish(_ step: SchedulerOutput, _ scheduler: inout Scheduler, limits: [Int]) {
    let results = step.scheduled.flatMap(\.sampleIDs).map { id in
      let count = (scheduler.sequence(id)?.outputTokenCount ?? 0) + 1
      return SampledResult(
        sequenceID: id, tokenID: Int32(1000 * id) + Int32(count), isFinished: count == limits[Int(id)])
    }
    scheduler.update(results)
    #expect(scheduler.checkInvariants() == [])
  }

  @Test("the example of vLLM's design page: ten blocks of four, three requests")
  func designPage() throws {
    var scheduler = try Scheduler(SchedulerConfiguration(blockSize: 4, blockCount: 10))
    let first = Array<Int32>(1...15)
    let prompts = [first, first[..<10] + [50, 51, 52, 53], first[..<12] + Array(60..<77)]
    var (rows, queues): ([String], [[Int32]]) = ([], [])
    for time in 1...6 {
      for (index, arrival) in [1, 4, 6].enumerated() where arrival == time {
        _ = try scheduler.add(
          requestID: RequestID(index), promptTokenIDs: prompts[index], outputTokenLimit: 4)
      }
      let step = scheduler.schedule()
      rows.append(row(step, scheduler, ["R0", "R1", "R2"]))
      finish(step, &scheduler, limits: [4, 2, 1])
      queues.append(scheduler.blockManager.freeBlocks)
    }
    #expect(
      rows == [
        "R0 0+15 [0, 1, 2, 3]",
        "R0 15+1 [0, 1, 2, 3]",
        "R0 16+1 [0, 1, 2, 3, 4]",
        "R0 17+1 [0, 1, 2, 3, 4] | R1 8+6 [0, 1, 5, 6] 8 found",
        "R1 14+1 [0, 1, 5, 6]",
        "R2 12+17 [0, 1, 2, 6, 4, 7, 8, 9] 12 found",
      ])
    #expect(
      queues == [
        [4, 5, 6, 7, 8, 9],
        [4, 5, 6, 7, 8, 9],
        [5, 6, 7, 8, 9],
        [4, 7, 8, 9, 3, 2],
        [6, 4, 7, 8, 9, 3, 2, 5, 1, 0],
        [9, 3, 5, 8, 7, 4, 6, 2, 1, 0],
      ])
  }

  @Test(
    "the second example of docs/scheduler.md: shared in the step that computes it, found after a preemption")
  func preemption() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(maxNumBatchedTokens: 32, blockSize: 4, blockCount: 6))
    let common = Array<Int32>(1...8)
    _ = try scheduler.add(requestID: 0, promptTokenIDs: common + [20], outputTokenLimit: 10)
    _ = try scheduler.add(requestID: 1, promptTokenIDs: common + [21], outputTokenLimit: 10)
    _ = try scheduler.add(requestID: 2, promptTokenIDs: common + Array(22..<31), outputTokenLimit: 1)
    var rows: [String] = []
    while scheduler.hasUnfinishedSequences {
      let step = scheduler.schedule()
      rows.append(row(step, scheduler, ["A", "B", "C"]))
      finish(step, &scheduler, limits: [10, 10, 1])
    }
    #expect(
      rows == [
        "A 0+9 [0, 1, 2] | B 8+1 [0, 1, 3] 8 found",
        "A 9+1 [0, 1, 2] | B 9+1 [0, 1, 3]",
        "A 10+1 [0, 1, 2] | B 10+1 [0, 1, 3]",
        "A 11+1 [0, 1, 2] | B 11+1 [0, 1, 3]",
        "A 12+1 [0, 1, 2, 4] | B 12+1 [0, 1, 3, 5]",
        "A 13+1 [0, 1, 2, 4] | B 13+1 [0, 1, 3, 5]",
        "A 14+1 [0, 1, 2, 4] | B 14+1 [0, 1, 3, 5]",
        "A 15+1 [0, 1, 2, 4] | B 15+1 [0, 1, 3, 5]",
        "A 16+1 [0, 1, 2, 4, 5] | -B",
        "A 17+1 [0, 1, 2, 4, 5]",
        "B 12+5 [0, 1, 3, 5, 4] 12 found",
        "B 17+1 [0, 1, 3, 5, 4]",
        "C 8+9 [0, 1, 4, 2, 5] 8 found",
      ])
  }
}
