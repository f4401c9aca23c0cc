import Testing

@testable import QuireScheduling

@Suite("Scheduler: rules")
struct SchedulerRuleTests {
  @Test("a request that can never fit the cache is refused with both numbers, and nothing changes")
  func refusesWhatNeverFits() throws {
    var scheduler = try Scheduler(SchedulerConfiguration(blockCount: 10))
    #expect(throws: SchedulerRefusal.exceedsCache(neededBlockCount: 11, totalBlockCount: 10, blockSize: 16)) {
      try scheduler.add(requestID: 1, promptTokenCount: 100, outputTokenLimit: 61)
    }
    #expect(throws: SchedulerRefusal.self) {
      try scheduler.add(requestID: 1, promptTokenCount: .max, outputTokenLimit: .max)
    }
    #expect(!scheduler.hasUnfinishedSequences && scheduler.checkInvariants() == [])
    _ = try scheduler.add(requestID: 1, promptTokenCount: 100, outputTokenLimit: 60)
    #expect(scheduler.waitingCount == 1)
  }

  @Test("without chunked prefill a prompt is scheduled whole or not at all")
  func wholePrompts() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(maxNumBatchedTokens: 100, blockCount: 100, enableChunkedPrefill: false))
    #expect(throws: SchedulerRefusal.promptExceedsBudget(promptTokenCount: 101, maxNumBatchedTokens: 100)) {
      try scheduler.add(requestID: 0, promptTokenCount: 101, outputTokenLimit: 1)
    }
    for (request, length) in [60, 50, 40].enumerated() {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenCount: length, outputTokenLimit: 2)
    }
    let steps = try run(&scheduler, outputLimits: [2, 2, 2])
    // The third fits beside the first, but does not overtake the second.
    #expect(steps[0] == [0: 60])
    #expect(steps[1] == [0: 1, 1: 50, 2: 40])
    #expect(steps[2] == [1: 1, 2: 1])
  }

  @Test("without chunked prefill a recomputed sequence longer than a step is still finished")
  func recomputesInChunks() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(
        maxNumBatchedTokens: 8, blockSize: 1, blockCount: 20, enableChunkedPrefill: false,
        enablePrefixCaching: false))
    for request in 0..<2 {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenCount: 4, outputTokenLimit: 14)
    }
    let steps = try run(&scheduler, outputLimits: [14, 14])
    #expect(steps.contains { $0[1] == 8 })
    #expect(scheduler.blockManager.freeBlockCount == 20)
  }

  @Test("admission leaves alone the blocks that running prompts still need")
  func promisesBlocks() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(
        maxNumBatchedTokens: 64, blockSize: 4, blockCount: 12, longPrefillTokenThreshold: 8))
    _ = try scheduler.add(requestID: 0, promptTokenCount: 32, outputTokenLimit: 1)
    _ = try scheduler.add(requestID: 1, promptTokenCount: 32, outputTokenLimit: 1)
    let first = scheduler.schedule()
    // Ten of twelve blocks are free, but six of them are the rest of the first prompt's.
    #expect(first.scheduled.map(\.sequenceID) == [0])
    #expect(scheduler.blockManager.freeBlockCount == 10)
    scheduler.update([])
    var preemptionCount = 0
    while scheduler.hasUnfinishedSequences {
      let step = scheduler.schedule()
      preemptionCount += step.preempted.count
      scheduler.update(
        step.scheduled.filter(\.needsSample).map {
          SampledResult(sequenceID: $0.sequenceID, isFinished: true)
        })
    }
    #expect(preemptionCount == 0)
  }

  @Test("a budget below max_num_seqs bounds the running sequences, and each of them gets on in every step")
  func smallBudget() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(maxNumSeqs: 10, maxNumBatchedTokens: 4, blockCount: 100))
    for request in 0..<10 {
      _ = try scheduler.add(
        requestID: RequestID(request), promptTokenCount: request % 2 == 0 ? 1 : 9, outputTokenLimit: 5)
    }
    let steps = try run(&scheduler, outputLimits: Array(repeating: 5, count: 10))
    #expect(Array(steps[0...1]) == [[0: 1, 1: 3], [0: 1, 1: 3]])
    #expect(steps.allSatisfy { $0.count <= 4 } && steps.contains { $0.count == 4 })
    for id in 0..<10 as Range<SequenceID> {
      let indices = steps.indices.filter { steps[$0][id] != nil }
      #expect(indices == Array(indices.first!...indices.last!))
    }
  }

  @Test("abort frees a waiting, a running and a scheduled request, and its id may come again")
  func aborts() throws {
    var scheduler = try Scheduler(SchedulerConfiguration(maxNumSeqs: 2, blockCount: 8))
    for request in 0..<4 {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenCount: 20, outputTokenLimit: 9)
    }
    let step = scheduler.schedule()
    #expect(step.scheduled.map(\.requestID) == [0, 1])
    // Between schedule and update; its result is then ignored.
    let found = [0, 2, 2, 99].map { scheduler.abort($0) }
    #expect(found == [true, true, false, false])
    #expect(scheduler.blockManager.usedBlockCount == 2)
    scheduler.update(step.scheduled.map { SampledResult(sequenceID: $0.sequenceID, isFinished: false) })
    #expect(scheduler.checkInvariants() == [])
    #expect(scheduler.waitingCount == 1)
    _ = try scheduler.add(requestID: 0, promptTokenCount: 3, outputTokenLimit: 1)
    let next = scheduler.schedule()
    #expect(next.scheduled.map(\.requestID) == [1, 3])
    scheduler.abort(1)
    #expect(scheduler.runningSequenceIDs == [3] && scheduler.waitingSequenceIDs == [4])
  }

  @Test("settings out of range are named with their value")
  func namesSettings() {
    let wrong: [(SchedulerConfiguration, String)] = [
      (SchedulerConfiguration(blockCount: 0), "number of cache blocks is 0, but must be in 1...2147483646"),
      (SchedulerConfiguration(maxNumSeqs: 0, blockCount: 1), "max_num_seqs is 0, but must be at least 1"),
      (
        SchedulerConfiguration(maxNumBatchedTokens: -1, blockCount: 1),
        "max_num_batched_tokens is -1, but must be at least 1"
      ),
      (SchedulerConfiguration(blockSize: 0, blockCount: 1), "block_size is 0, but must be at least 1"),
      (
        SchedulerConfiguration(blockCount: 1, enableChunkedPrefill: false, longPrefillTokenThreshold: 5),
        "long_prefill_token_threshold is 5, but must be absent without chunked prefill"
      ),
    ]
    for (configuration, message) in wrong {
      let error = #expect(throws: SchedulerConfigurationError.self) { try Scheduler(configuration) }
      #expect(error?.description == message)
    }
  }

  /// Runs to the end; each step as token counts by sequence.
  private func run(_ scheduler: inout Scheduler, outputLimits: [Int]) throws -> [[SequenceID: Int]] {
    var outputCounts = outputLimits.map { _ in 0 }
    var steps: [[SequenceID: Int]] = []
    while scheduler.hasUnfinishedSequences {
      let output = scheduler.schedule()
      try #require(!output.isEmpty)
      steps.append(
        Dictionary(uniqueKeysWithValues: output.scheduled.map { ($0.sequenceID, $0.tokenCount) }))
      scheduler.update(
        output.scheduled.filter(\.needsSample).map { entry in
          outputCounts[Int(entry.sequenceID)] += 1
          let isFinished = outputCounts[Int(entry.sequenceID)] == outputLimits[Int(entry.sequenceID)]
          return SampledResult(sequenceID: entry.sequenceID, isFinished: isFinished)
        })
      try #require(scheduler.checkInvariants() == [])
    }
    return steps
  }
}
