import Testing

@testable import QuireScheduling

@Suite("Scheduler: worked cases")
struct SchedulerCaseTests {
  @Test("three prompts of 800 tokens, budget 1024, chunk limit 400")
  func chunkLimit() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(
        maxNumBatchedTokens: 1024, blockCount: 200, longPrefillTokenThreshold: 400))
    for request in 0..<3 {
      let id = try scheduler.add(requestID: RequestID(request), promptTokenCount: 800, outputTokenLimit: 5)
      #expect(id == SequenceID(request))
    }
    let first = scheduler.schedule()
    #expect(first.scheduled.map(\.tokenCount) == [400, 400, 224])
    #expect(first.scheduled.map(\.computedTokenCount) == [0, 0, 0])
    #expect(first.scheduled.map(\.needsSample) == [false, false, false])
    #expect(first.newBlocks == [Array(0..<25), Array(25..<50), Array(50..<64)])
    scheduler.update([])

    let second = scheduler.schedule()
    #expect(second.scheduled.map(\.tokenCount) == [400, 400, 224])
    #expect(second.scheduled.map(\.computedTokenCount) == [400, 400, 224])
    #expect(second.scheduled.map(\.needsSample) == [true, true, false])
    #expect(second.newBlocks == [Array(64..<89), Array(89..<114), Array(114..<128)])
    scheduler.update([
      SampledResult(sequenceID: 0, isFinished: false), SampledResult(sequenceID: 1, isFinished: false),
    ])

    let third = scheduler.schedule()
    #expect(third.scheduled.map(\.tokenCount) == [1, 1, 352])
    #expect(third.scheduled.map(\.computedTokenCount) == [800, 800, 448])
    #expect(third.scheduled.map(\.scheduledPromptTokenCount) == [0, 0, 352])
    #expect(third.scheduled.map(\.needsSample) == [true, true, true])
    #expect(third.newBlocks == [[128], [129], Array(130..<152)])
    #expect(scheduler.blockIDs(of: 0) == Array(0..<25) + Array(64..<89) + [128])
    #expect(scheduler.checkInvariants() == [])
  }

  @Test(
    "ten blocks, two prompts of 80 tokens: the second is preempted when the first grows, and loses no token")
  func preemption() throws {
    var scheduler = try Scheduler(SchedulerConfiguration(blockCount: 10, enablePrefixCaching: false))
    let first = try scheduler.add(requestID: 7, promptTokenCount: 80, outputTokenLimit: 3)
    let second = try scheduler.add(requestID: 8, promptTokenCount: 80, outputTokenLimit: 3)

    let prefill = scheduler.schedule()
    #expect(prefill.newBlocks == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]])
    scheduler.update([first, second].map { SampledResult(sequenceID: $0, isFinished: false) })

    let growth = scheduler.schedule()
    #expect(growth.preempted == [second])
    #expect(growth.scheduled.map(\.sequenceID) == [first] && growth.newBlocks == [[9]])
    #expect(scheduler.waitingSequenceIDs == [second])
    #expect(scheduler.sequence(second)?.outputTokenCount == 1)
    #expect(scheduler.sequence(second)?.computedTokenCount == 0)
    #expect(scheduler.blockManager.freeBlocks == [8, 7, 6, 5])
    scheduler.update([SampledResult(sequenceID: first, isFinished: false)])

    let alone = scheduler.schedule()
    #expect(alone.scheduled.map(\.sequenceID) == [first] && alone.preempted.isEmpty)
    scheduler.update([SampledResult(sequenceID: first, isFinished: true)])
    #expect(scheduler.sequence(first) == nil)

    let again = scheduler.schedule()
    #expect(again.scheduled.map(\.sequenceID) == [second])
    #expect(again.scheduled.map(\.tokenCount) == [81] && again.scheduled[0].needsSample)
    #expect(again.scheduled[0].scheduledPromptTokenCount == 80)
    #expect(again.newBlocks == [[9, 4, 3, 2, 1, 0]])
    scheduler.update([SampledResult(sequenceID: second, isFinished: false)])
    #expect(scheduler.sequence(second)?.outputTokenCount == 2)
    _ = scheduler.schedule()
    scheduler.update([SampledResult(sequenceID: second, isFinished: true)])
    #expect(!scheduler.hasUnfinishedSequences && scheduler.blockManager.freeBlockCount == 10)
    #expect(scheduler.checkInvariants() == [])
  }

  @Test(
    "the example of docs/scheduler.md: admission waits for the whole prompt, decodes and chunks share a step")
  func documentedExample() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(
        maxNumSeqs: 4, maxNumBatchedTokens: 8, blockSize: 4, blockCount: 6, enablePrefixCaching: false))
    let a = try scheduler.add(requestID: 1, promptTokenCount: 6, outputTokenLimit: 8)
    let b = try scheduler.add(requestID: 2, promptTokenCount: 9, outputTokenLimit: 5)
    let c = try scheduler.add(requestID: 3, promptTokenCount: 7, outputTokenLimit: 2)
    var rows: [String] = []
    var outputCounts: [SequenceID: Int] = [:]
    let limits = [a: 8, b: 5, c: 2]
    while scheduler.hasUnfinishedSequences {
      let step = scheduler.schedule()
      let parts = step.scheduled.map { entry in
        "\(["A", "B", "C"][Int(entry.sequenceID)]) \(entry.computedTokenCount)+\(entry.tokenCount) "
          + "\(entry.blockTable.blockIDs)"
      }
      rows.append((parts + step.preempted.map { "-\(["A", "B", "C"][Int($0)])" }).joined(separator: " | "))
      scheduler.update(
        step.scheduled.filter(\.needsSample).map { entry in
          outputCounts[entry.sequenceID, default: 0] += 1
          return SampledResult(
            sequenceID: entry.sequenceID,
            isFinished: outputCounts[entry.sequenceID] == limits[entry.sequenceID])
        })
      #expect(scheduler.checkInvariants() == [])
    }
    #expect(
      rows == [
        "A 0+6 [0, 1] | B 0+2 [2]",
        "A 6+1 [0, 1] | B 2+7 [2, 3, 4]",
        "A 7+1 [0, 1] | B 9+1 [2, 3, 4]",
        "A 8+1 [0, 1, 5] | B 10+1 [2, 3, 4]",
        "A 9+1 [0, 1, 5] | B 11+1 [2, 3, 4]",
        "A 10+1 [0, 1, 5] | -B",
        "A 11+1 [0, 1, 5]",
        "A 12+1 [0, 1, 5, 4]",
        "B 0+8 [4, 5]",
        "B 8+5 [4, 5, 1, 0] | C 0+3 [3]",
        "C 3+4 [3, 0]",
        "C 7+1 [3, 0]",
      ])
  }
}
