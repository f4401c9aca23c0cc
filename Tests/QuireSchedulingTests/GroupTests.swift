import Testing

@testable import QuireScheduling

@Suite("Groups of layers")
struct GroupTests {
  /// Blocks of 4 positions; of three groups one sees all, and two see 6 positions.
  private static func configuration(
    _ blockCount: Int, fullCount: Int = 1, windowedCount: Int = 2, window: Int = 6,
    _ change: (inout SchedulerConfiguration) -> Void = { _ in }
  ) -> SchedulerConfiguration {
    var configuration = SchedulerConfiguration(
      blockSize: 4, blockCount: blockCount, enablePrefixCaching: false,
      groups: BlockGroups(fullCount: fullCount, windowedCount: windowedCount, window: window))
    change(&configuration)
    return configuration
  }

  /// The rows of docs/scheduler.md: blocks row by row, "-" where one was given up.
  private func text(_ step: SchedulerOutput) -> String {
    let parts = step.scheduled.map { entry in
      let table = entry.blockTable
      let rows = (0..<table.count).map { row in
        table.blockIDs[row * table.groupCount..<(row + 1) * table.groupCount]
          .map { $0 == BlockTable.vacated ? "-" : "\($0)" }.joined(separator: "/")
      }
      let name = ["A", "B", "C", "D", "E", "F"][Int(entry.sequenceID)]
      return "\(name) \(entry.computedTokenCount)+\(entry.tokenCount) [\(rows.joined(separator: " "))]"
    }
    let copies = step.blockCopies.map { "\($0.source)>\($0.destination)" }
    return (parts + copies + step.preempted.map { "-\($0)" }).joined(separator: ", ")
  }

  /// Runs until all have reached their limits; one line a step.
  private func run(_ scheduler: inout Scheduler) throws -> [String] {
    var lines: [String] = []
    while scheduler.hasUnfinishedSequences {
      let step = scheduler.schedule()
      try #require(!step.isEmpty && scheduler.checkInvariants() == [])
      lines.append(text(step))
      scheduler.update(
        step.scheduled.flatMap(\.sampleIDs).map { id in
          let state = scheduler.sequence(id)
          return SampledResult(
            sequenceID: id, isFinished: (state?.outputTokenCount ?? 0) + 1 == state?.outputTokenLimit)
        })
      try #require(scheduler.checkInvariants() == [])
    }
    return lines
  }

  @Test("the example of docs/scheduler.md: windows leave blocks for a second sequence")
  func documentedExample() throws {
    var scheduler = try Scheduler(Self.configuration(16) { $0.maxNumBatchedTokens = 8 })
    _ = try scheduler.add(requestID: 0, promptTokenCount: 20, outputTokenLimit: 3)
    _ = try scheduler.add(requestID: 1, promptTokenCount: 6, outputTokenLimit: 2)
    #expect(
      try run(&scheduler) == [
        "A 0+8 [0/1/2 3/4/5]", "A 8+8 [0/1/2 3/4/5 6/7/8 9/10/11]",
        "A 16+4 [0/-/- 3/-/- 6/7/8 9/10/11 5/4/2]",
        "A 20+1 [0/-/- 3/-/- 6/-/- 9/10/11 5/4/2 8/7/1]",
        "A 21+1 [0/-/- 3/-/- 6/-/- 9/-/- 5/4/2 8/7/1], B 0+6 [11/10/12 13/14/15]",
        "B 6+1 [11/10/12 13/14/15]",
      ])
    #expect(scheduler.blockManager.freeBlockCount == 16)
  }

  @Test("samples that part copy the last block of every group")
  func forks() throws {
    var scheduler = try Scheduler(Self.configuration(12, windowedCount: 1))
    _ = try scheduler.add(requestID: 0, promptTokenCount: 9, outputTokenLimit: 3, sampleCount: 2)
    #expect(
      try run(&scheduler) == [
        "A 0+9 [0/1 2/3 4/5]", "A 9+1 [0/- 2/3 1/6], B 9+1 [0/- 2/3 4/5], 4>1, 5>6",
        "A 10+1 [0/- 2/3 1/6], B 10+1 [0/- 2/3 4/5]",
      ])
  }

  @Test("a hit holds in all groups: the first for every row, the windowed ones for the rows that are seen")
  func hits() throws {
    var scheduler = try Scheduler(
      Self.configuration(18, windowedCount: 1) {
        $0.enablePrefixCaching = true
        $0.maxNumBatchedTokens = 64
      })
    let prompt = [Int32](0..<24)
    func add(_ id: RequestID, _ tokens: [Int32]) throws {
      _ = try scheduler.add(requestID: id, promptTokenIDs: tokens, outputTokenLimit: 1)
    }
    func step() -> SchedulerOutput {
      let step = scheduler.schedule()
      #expect(scheduler.checkInvariants() == [])
      scheduler.update(
        step.scheduled.map { SampledResult(sequenceID: $0.sequenceID, isFinished: true) })
      #expect(scheduler.checkInvariants() == [])
      return step
    }
    try add(0, prompt)
    #expect(text(step()) == "A 0+24 [0/1 2/3 4/5 6/7 8/9 10/11]")
    // Token 12 sees 7: rows 1 and 2 are wanted of the windowed group, and of the first group rows 0 to 2.
    try add(1, Array(prompt[..<12]) + [50])
    #expect(text(step()) == "B 12+1 [0/- 2/3 4/5 12/13]")
    #expect(
      scheduler.blockManager.freeBlocks == [13, 12, 14, 15, 16, 17, 7, 1, 11, 10, 9, 8, 6, 3, 5, 4, 2, 0])
    // Blocks 7 and 1, of rows 3 and 0, go first, then the two of row 5.
    try add(2, [Int32](100..<120))
    #expect(text(step()) == "C 0+20 [13/12 14/15 16/17 7/1 11/10]")
    // The first group has five rows. The windowed one has row 4, but not row 3, and then rows 1 and 2.
    try add(3, prompt)
    #expect(text(step()).hasPrefix("D 12+12 [0/- 2/3 4/5 "))
  }

  @Test("what is refused is what could not be held at a time, by samples and by beams")
  func refusal() throws {
    func needed(_ prompt: Int, _ output: Int, beams: Int = 1) throws -> Int? {
      var scheduler = try Scheduler(Self.configuration(1) { $0.maxNumBatchedTokens = 8 })
      do {
        _ = try scheduler.add(
          requestID: 0, promptTokenCount: prompt, outputTokenLimit: output, beamWidth: beams)
        return nil
      } catch .exceedsCache(let needed, 1, 4) {
        return needed
      } catch {
        throw error
      }
    }
    // 100 tokens fill 25 rows; a step of 8 tokens and what the first of them sees lie in at most 4.
    #expect(try needed(90, 10) == 25 + 2 * 4)
    #expect(try needed(3, 1) == 3)
    // Two beams share the prompt's 22 full rows, and each has 3 of its own.
    #expect(try needed(90, 10, beams: 2) == 22 + 2 * 3 + 2 * 2 * 4)
    #expect(try needed(4, 4, beams: 2) == 3 * 3)
    #expect(try needed(1 << 16, .max >> 8)! > 1 << 50)
    #expect(try needed(1 << 16, .max, beams: 2)! > 1 << 50)
  }

  @Test("five of six layers with a window: how many tokens fit the same memory")
  func capacity() throws {
    // Gemma 3 27B is like that: a window of 1024; steps of 2048 tokens, blocks of 16.
    let groups = BlockGroups(fullCount: 1, windowedCount: 5, window: 1024)
    func most(_ groups: BlockGroups, _ blockCount: Int) -> Int {
      var (low, high) = (1, 1 << 24)
      while low < high {
        let middle = (low + high + 1) / 2
        let needed = groups.greatestHeldBlockCount(tokenCount: middle, chunk: 2048, blockSize: 16)
        if needed <= blockCount { low = middle } else { high = middle - 1 }
      }
      return low
    }
    // As much memory as 32,768 tokens take in all layers: 2048 blocks of all, 12,288 of a sixth of them.
    #expect(most(.one(window: nil), 2048) == 32_768)
    #expect(most(groups, 6 * 2048) == 181_168)
  }
}
