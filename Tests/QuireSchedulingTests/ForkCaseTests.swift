import Testing

@testable import QuireScheduling

@Suite("Scheduler: forks, worked cases")
struct ForkCaseTests {
  /// One step in the words of docs/scheduler.md: who, computed + new tokens, blocks, then the copies.
  private func row(
    _ step: SchedulerOutput, _ scheduler: Scheduler, _ name: (SequenceID, Int) -> String
  ) -> String {
    let parts = step.scheduled.map { entry in
      "\(name(entry.sequenceID, entry.beam)) \(entry.computedTokenCount)+\(entry.tokenCount) "
        + "\(entry.blockTable.blockIDs)"
    }
    let copies = step.blockCopies.map { "copy \($0.source)→\($0.destination)" }
    return (parts + copies + step.preempted.map { "-\(name($0, 0))" }).joined(separator: " | ")
  }

  @Test("the samples of docs/scheduler.md: one prompt, three answers, two at a time")
  func samples() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(
        maxNumSeqs: 2, maxNumBatchedTokens: 8, blockSize: 4, blockCount: 8, enablePrefixCaching: false))
    let first = try scheduler.add(requestID: 1, promptTokenCount: 6, outputTokenLimit: 5, sampleCount: 3)
    let other = try scheduler.add(requestID: 2, promptTokenCount: 3, outputTokenLimit: 2)
    #expect(first == 0 && other == 3)
    let limits = [5, 3, 4, 2]
    var rows: [String] = []
    while scheduler.hasUnfinishedSequences {
      let step = scheduler.schedule()
      rows.append(row(step, scheduler) { id, _ in id == other ? "D" : "s\(id)" })
      let results = step.scheduled.flatMap(\.sampleIDs).map { id in
        SampledResult(
          sequenceID: id,
          isFinished: (scheduler.sequence(id)?.outputTokenCount ?? 0) + 1 == limits[Int(id)])
      }
      scheduler.update(results)
      #expect(scheduler.checkInvariants() == [])
    }
    #expect(
      rows == [
        "s0 0+6 [0, 1] | D 0+2 [2]",
        "s0 6+1 [0, 3] | D 2+1 [2] | copy 1→3",
        "s0 7+1 [0, 3] | D 3+1 [2]",
        "s0 8+1 [0, 3, 2] | s1 6+1 [0, 4] | copy 1→4",
        "s0 9+1 [0, 3, 2] | s1 7+1 [0, 4]",
        "s2 6+1 [0, 1]",
        "s2 7+1 [0, 1]",
        "s2 8+1 [0, 1, 4]",
      ])
  }

  @Test("the beams of docs/scheduler.md: they share what they have in common, and are preempted together")
  func beams() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(
        maxNumSeqs: 4, maxNumBatchedTokens: 8, blockSize: 4, blockCount: 10, enablePrefixCaching: false))
    let other = try scheduler.add(requestID: 1, promptTokenCount: 9, outputTokenLimit: 6)
    let search = try scheduler.add(requestID: 2, promptTokenCount: 6, outputTokenLimit: 7, beamWidth: 3)
    let parents = [[0, 0, 0], [1, 0, 1], [0, 1, 2], [0, 1, 2], [2, 2, 0], [0, 1, 1], []]
    var rows: [String] = []
    while scheduler.hasUnfinishedSequences {
      let step = scheduler.schedule()
      rows.append(row(step, scheduler) { id, beam in id == other ? "A" : "b\(beam)" })
      var results: [SampledResult] = []
      var beamResults: [BeamResult] = []
      for entry in step.scheduled where entry.needsSample && entry.beam == 0 {
        let count = scheduler.sequence(entry.sequenceID)!.outputTokenCount
        if entry.sequenceID == search {
          beamResults.append(BeamResult(sequenceID: search, parents: parents[count]))
        } else {
          results.append(SampledResult(sequenceID: other, isFinished: count == 5))
        }
      }
      scheduler.update(results, beams: beamResults)
      #expect(scheduler.checkInvariants() == [])
    }
    #expect(
      rows == [
        "A 0+8 [0, 1]",
        "A 8+1 [0, 1, 2] | b0 0+6 [3, 4]",
        "A 9+1 [0, 1, 2] | b0 6+1 [3, 5] | b1 6+1 [3, 6] | b2 6+1 [3, 4] | copy 4→5 | copy 4→6",
        "A 10+1 [0, 1, 2] | b0 7+1 [3, 4] | b1 7+1 [3, 5] | b2 7+1 [3, 6] | copy 6→4",
        "A 11+1 [0, 1, 2] | b0 8+1 [3, 4, 7] | b1 8+1 [3, 5, 8] | b2 8+1 [3, 6, 9]",
        "A 12+1 [0, 1, 2, 9] | -b0",
        "A 13+1 [0, 1, 2, 9]",
        "b0 0+4 [9]",
        "b0 4+5 [9, 2, 1] | b1 4+3 [9, 0]",
        "b1 7+2 [9, 0, 6] | b2 4+5 [9, 3, 8]",
        "b0 9+1 [9, 2, 1] | b1 9+1 [9, 0, 6] | b2 9+1 [9, 3, 8]",
        "b0 10+1 [9, 3, 6] | b1 10+1 [9, 3, 8] | b2 10+1 [9, 2, 1] | copy 8→6",
        "b0 11+1 [9, 3, 6] | b1 11+1 [9, 3, 1] | b2 11+1 [9, 3, 8] | copy 8→1",
      ])
  }

  @Test("eight samples of a 512-token prompt take its blocks once")
  func sharesPrompt() throws {
    var scheduler = try Scheduler(SchedulerConfiguration(blockCount: 400))
    _ = try scheduler.add(requestID: 1, promptTokenCount: 512, outputTokenLimit: 40, sampleCount: 8)
    var usedBlockCounts: [Int] = []
    for step in 0..<40 {
      let output = scheduler.schedule()
      usedBlockCounts.append(scheduler.blockManager.usedBlockCount)
      scheduler.update(
        output.scheduled.flatMap(\.sampleIDs).map { SampledResult(sequenceID: $0, isFinished: step == 39) })
    }
    #expect(usedBlockCounts.first == 32)
    // 39 more positions are 3 blocks for each sample; eight prompts of their own would be 280 blocks.
    #expect(usedBlockCounts.last == 32 + 8 * 3)
    #expect(scheduler.blockManager.freeBlockCount == 400)
  }

  @Test("samples that never fit together still finish: waiting ones give their blocks, and recompute")
  func tinyCache() throws {
    var scheduler = try Scheduler(SchedulerConfiguration(blockSize: 2, blockCount: 6))
    _ = try scheduler.add(requestID: 1, promptTokenCount: 5, outputTokenLimit: 7, sampleCount: 5)
    var outputCounts = [Int](repeating: 0, count: 5)
    var preemptionCount = 0
    while scheduler.hasUnfinishedSequences {
      let step = scheduler.schedule()
      preemptionCount += step.preempted.count
      scheduler.update(
        step.scheduled.flatMap(\.sampleIDs).map { id in
          outputCounts[Int(id)] += 1
          return SampledResult(sequenceID: id, isFinished: outputCounts[Int(id)] == 7)
        })
      try #require(scheduler.checkInvariants() == [])
    }
    #expect(outputCounts == [7, 7, 7, 7, 7])
    #expect(preemptionCount > 0)
  }

  @Test("beams that no step or cache could hold are refused by both numbers")
  func refusals() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(maxNumSeqs: 4, maxNumBatchedTokens: 64, blockSize: 4, blockCount: 10))
    #expect(throws: SchedulerRefusal.beamsExceedStep(beamWidth: 5, stepLimit: 4)) {
      try scheduler.add(requestID: 1, promptTokenCount: 4, outputTokenLimit: 4, beamWidth: 5)
    }
    // One block of the prompt is shared, three more are each beam's own.
    #expect(throws: SchedulerRefusal.exceedsCache(neededBlockCount: 13, totalBlockCount: 10, blockSize: 4)) {
      try scheduler.add(requestID: 1, promptTokenCount: 5, outputTokenLimit: 9, beamWidth: 4)
    }
    #expect(!scheduler.hasUnfinishedSequences && scheduler.checkInvariants() == [])
    _ = try scheduler.add(requestID: 1, promptTokenCount: 5, outputTokenLimit: 9, beamWidth: 3)
  }

  @Test("the abort of a request takes all its samples, running, waiting with blocks and waiting without")
  func aborts() throws {
    var scheduler = try Scheduler(SchedulerConfiguration(maxNumSeqs: 2, blockSize: 4, blockCount: 8))
    _ = try scheduler.add(requestID: 1, promptTokenCount: 6, outputTokenLimit: 9, sampleCount: 6)
    for _ in 0..<2 {
      let step = scheduler.schedule()
      scheduler.update(
        step.scheduled.flatMap(\.sampleIDs).map { SampledResult(sequenceID: $0, isFinished: false) })
    }
    #expect(scheduler.runningCount == 2 && scheduler.waitingCount == 4)
    #expect(scheduler.waitingSequenceIDs == [2, 3, 4, 5])
    let isFound = scheduler.abort(1)
    #expect(isFound && !scheduler.hasUnfinishedSequences)
    #expect(scheduler.blockManager.freeBlockCount == 8 && scheduler.checkInvariants() == [])
    #expect(scheduler.schedule().isEmpty)
  }

  @Test("forks that wait keep blocks which samples that run hold too: a running one is preempted instead")
  func keepsSharedBlocks() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(
        maxNumSeqs: 2, maxNumBatchedTokens: 8, blockSize: 4, blockCount: 4, enablePrefixCaching: false))
    _ = try scheduler.add(requestID: 0, promptTokenCount: 8, outputTokenLimit: 8, sampleCount: 4)
    var preempted: [SequenceID] = []
    while preempted.isEmpty {
      let step = scheduler.schedule()
      preempted = step.preempted
      if !preempted.isEmpty {
        #expect(step.scheduled.map(\.sequenceID) == [0] && step.scheduled[0].computedTokenCount == 12)
        #expect(scheduler.blockIDs(of: 0) == [0, 1, 2, 3])
      }
      scheduler.update(
        step.scheduled.flatMap(\.sampleIDs).map { SampledResult(sequenceID: $0, isFinished: false) })
      #expect(scheduler.checkInvariants() == [])
    }
    #expect(preempted == [1] && scheduler.waitingSequenceIDs == [1, 2, 3])
    for fork: SequenceID in [2, 3] { #expect(scheduler.blockIDs(of: fork) == [0, 1]) }
  }
}
