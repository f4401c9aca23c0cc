import Testing

@testable import QuireScheduling

@Suite("Sliding windows")
struct WindowTests {
  private static func configuration(
    _ blockCount: Int, window: Int, _ change: (inout SchedulerConfiguration) -> Void = { _ in }
  ) -> SchedulerConfiguration {
    var configuration = SchedulerConfiguration(
      blockSize: 4, blockCount: blockCount, enablePrefixCaching: false, groups: .one(window: window))
    change(&configuration)
    return configuration
  }

  /// Runs until all have reached their limits; the rows of docs/scheduler.md, where "-" is a block that was given up.
  private func run(_ scheduler: inout Scheduler) throws -> [String] {
    var rows: [String] = []
    while scheduler.hasUnfinishedSequences {
      let step = scheduler.schedule()
      try #require(!step.isEmpty && scheduler.checkInvariants() == [])
      let parts = step.scheduled.map { entry in
        let blocks = entry.blockTable.blockIDs
        let names = blocks.map { $0 == BlockTable.vacated ? "-" : "\($0)" }.joined(separator: " ")
        return
          "\(["A", "B", "C"][Int(entry.sequenceID)]) \(entry.computedTokenCount)+\(entry.tokenCount) [\(names)]"
      }
      rows.append((parts + step.preempted.map { "-\($0)" }).joined(separator: " | "))
      scheduler.update(
        step.scheduled.flatMap(\.sampleIDs).map { id in
          let state = scheduler.sequence(id)
          return SampledResult(
            sequenceID: id, isFinished: (state?.outputTokenCount ?? 0) + 1 == state?.outputTokenLimit)
        })
      try #require(scheduler.checkInvariants() == [])
    }
    return rows
  }

  @Test("the example of docs/scheduler.md: a prompt of 30 tokens in a cache of 24, beside another sequence")
  func documentedExample() throws {
    var scheduler = try Scheduler(
      Self.configuration(6, window: 6) {
        $0.maxNumBatchedTokens = 10
        $0.longPrefillTokenThreshold = 8
      })
    _ = try scheduler.add(requestID: 0, promptTokenCount: 30, outputTokenLimit: 4)
    _ = try scheduler.add(requestID: 1, promptTokenCount: 6, outputTokenLimit: 3)
    let rows = try run(&scheduler)
    #expect(
      rows == [
        "A 0+8 [0 1] | B 0+2 [2]",
        "A 8+8 [0 1 3 4] | B 2+2 [2]",
        "A 16+8 [- - 3 4 1 0] | B 4+2 [2 5]",
        "A 24+6 [- - - - 1 0 4 3] | B 6+1 [2 5]",
        "A 30+1 [- - - - - - 4 3] | B 7+1 [2 5]",
        "A 31+1 [- - - - - - 4 3]",
        "A 32+1 [- - - - - - 4 3 5]",
      ])
    #expect(scheduler.blockManager.freeBlockCount == 6)
  }

  @Test("a window of one position keeps the last block alone, and gives it up when it is full")
  func onePosition() throws {
    var scheduler = try Scheduler(Self.configuration(2, window: 1) { $0.maxNumBatchedTokens = 4 })
    _ = try scheduler.add(requestID: 0, promptTokenCount: 10, outputTokenLimit: 3)
    #expect(
      try run(&scheduler) == [
        "A 0+4 [0]", "A 4+4 [- 0]", "A 8+2 [- - 0]", "A 10+1 [- - 0]", "A 11+1 [- - 0]",
      ])
  }

  @Test("forks of a prompt keep what they see until each of them has moved on")
  func forks() throws {
    var scheduler = try Scheduler(Self.configuration(8, window: 6) { $0.maxNumSeqs = 1 })
    _ = try scheduler.add(requestID: 0, promptTokenCount: 9, outputTokenLimit: 7, sampleCount: 2)
    // Block 0 is given up by both before they part; the second holds block 1 until it runs.
    #expect(
      try run(&scheduler) == [
        "A 0+9 [0 1 2]", "A 9+1 [- 1 0]", "A 10+1 [- 1 0]", "A 11+1 [- 1 0]", "A 12+1 [- 1 0 3]",
        "A 13+1 [- - 0 3]", "A 14+1 [- - 0 3]", "B 9+1 [- 1 2]", "B 10+1 [- 1 2]", "B 11+1 [- 1 2]",
        "B 12+1 [- 1 2 3]", "B 13+1 [- - 2 3]", "B 14+1 [- - 2 3]",
      ])
  }

  @Test("blocks that were given up are found by others, who hold only what they see")
  func prefixCache() throws {
    var scheduler = try Scheduler(
      Self.configuration(8, window: 6) {
        $0.enablePrefixCaching = true
        $0.maxNumBatchedTokens = 16
      })
    let prompt = [Int32](0..<16)
    _ = try scheduler.add(requestID: 0, promptTokenIDs: prompt, outputTokenLimit: 2)
    scheduler.update(
      scheduler.schedule().scheduled.map { SampledResult(sequenceID: $0.sequenceID, isFinished: false) })
    // Blocks 0 and 1 are given up, and cached still.
    #expect(scheduler.blockIDs(of: 0) == [-1, -1, 2, 3])
    #expect(scheduler.blockManager.freeBlocks == [4, 5, 6, 7, 1, 0])
    _ = try scheduler.add(requestID: 1, promptTokenIDs: prompt + [50], outputTokenLimit: 1)
    let step = scheduler.schedule()
    #expect(step.scheduled.map(\.prefixHitTokenCount) == [0, 16])
    #expect(scheduler.blockIDs(of: 1) == [-1, -1, 2, 3, 5])
    #expect(scheduler.blockManager.freeBlocks == [6, 7, 1, 0] && scheduler.checkInvariants() == [])
    scheduler.update(
      step.scheduled.map { SampledResult(sequenceID: $0.sequenceID, isFinished: true) })
    #expect(scheduler.blockManager.freeBlockCount == 8 && scheduler.checkInvariants() == [])
  }

  @Test(
    "long prompts in a small cache are admitted by what they hold at a time, and all finish",
    arguments: [1, 5, 9])
  func longPrompts(window: Int) throws {
    var scheduler = try Scheduler(
      Self.configuration(9, window: window) {
        $0.maxNumBatchedTokens = 8
        $0.enablePrefixCaching = true
      })
    for request in 0..<3 {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenCount: 100, outputTokenLimit: 20)
    }
    let rows = try run(&scheduler)
    #expect(rows.allSatisfy { !$0.isEmpty } && scheduler.blockManager.freeBlockCount == 9)
  }

  @Test("what a prompt gives up on its way stays promised to it, and nobody is preempted for it")
  func renewedPromise() throws {
    var scheduler = try Scheduler(
      Self.configuration(5, window: 6) {
        $0.maxNumBatchedTokens = 20
        $0.longPrefillTokenThreshold = 6
      })
    _ = try scheduler.add(requestID: 0, promptTokenCount: 36, outputTokenLimit: 1)
    _ = try scheduler.add(requestID: 1, promptTokenCount: 8, outputTokenLimit: 3)
    // Chunks of 6 tokens hold three or four blocks, by where they begin: B would fit beside three.
    #expect(
      try run(&scheduler) == [
        "A 0+6 [0 1]", "A 6+6 [0 1 2]", "A 12+6 [- 1 2 0 3]", "A 18+6 [- - - 0 3 2]",
        "A 24+6 [- - - - 3 2 0 1]", "A 30+6 [- - - - - - 0 1 2] | B 0+6 [3 4]", "B 6+2 [3 4]",
        "B 8+1 [3 4 2]", "B 9+1 [- 4 2]",
      ])
  }

  @Test("what is refused is what could not be held at a time")
  func refusal() throws {
    var scheduler = try Scheduler(Self.configuration(4, window: 6) { $0.maxNumBatchedTokens = 8 })
    _ = try scheduler.add(requestID: 0, promptTokenCount: 1000, outputTokenLimit: 1000)
    var larger = try Scheduler(Self.configuration(4, window: 8) { $0.maxNumBatchedTokens = 8 })
    #expect(throws: SchedulerRefusal.exceedsCache(neededBlockCount: 5, totalBlockCount: 4, blockSize: 4)) {
      try larger.add(requestID: 0, promptTokenCount: 1000, outputTokenLimit: 1000)
    }
    _ = try larger.add(requestID: 0, promptTokenCount: 10, outputTokenLimit: 6)
    #expect(throws: SchedulerConfigurationError.self) { try Scheduler(Self.configuration(4, window: 0)) }
  }

  @Test(
    "the most blocks held at a time are those of a chunk and of what it sees, wherever they begin",
    arguments: 1...5, 1...7)
  func bound(blockSize: Int, window: Int) {
    let manager = BlockManager(
      blockCount: 1, blockSize: blockSize, groups: .one(window: window), prefixHash: nil)
    for chunk in 1...9 {
      // Every start that a chunk may have in a long sequence.
      let most = (50..<50 + blockSize).map { start in
        (start + chunk - 1) / blockSize - manager.firstVisibleRow(from: start) + 1
      }.max()
      #expect(manager.greatestWindowedRowCount(tokenCount: 1000, chunk: chunk) == most)
      #expect(manager.greatestWindowedRowCount(tokenCount: blockSize, chunk: chunk) == 1)
    }
    #expect(manager.greatestWindowedRowCount(tokenCount: .max, chunk: .max) > 1 << 60)
  }
}
