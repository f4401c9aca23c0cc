import Testing

@testable import QuireScheduling

@Suite("Prefix cache: rules")
struct PrefixRuleTests {
  private static let prompt = [Int32](100..<112)

  /// Runs until all have reached their limits; the hits by sequence.
  private func run(_ scheduler: inout Scheduler) throws -> [SequenceID: Int] {
    var hits: [SequenceID: Int] = [:]
    while scheduler.hasUnfinishedSequences {
      let step = scheduler.schedule()
      try #require(!step.isEmpty && scheduler.checkInvariants() == [])
      for entry in step.scheduled where entry.prefixHitTokenCount > 0 {
        hits[entry.sequenceID, default: 0] += entry.prefixHitTokenCount
      }
      update(step, &scheduler)
    }
    return hits
  }

  private func update(_ step: SchedulerOutput, _ scheduler: inout Scheduler) {
    var results: [SampledResult] = []
    var beamResults: [BeamResult] = []
    for entry in step.scheduled where entry.needsSample && entry.beam == 0 {
      let state = scheduler.sequence(entry.sequenceID)!
      let isFinished = state.outputTokenCount + 1 == state.outputTokenLimit
      if state.beamWidth > 1 {
        let parents = isFinished ? [] : (0..<state.beamWidth).map { $0 % state.beamCount }
        beamResults.append(BeamResult(sequenceID: entry.sequenceID, parents: parents))
      } else {
        results += entry.sampleIDs.map { SampledResult(sequenceID: $0, isFinished: isFinished) }
      }
    }
    scheduler.update(results, beams: beamResults)
  }

  private func scheduler(
    _ blockCount: Int, _ change: (inout SchedulerConfiguration) -> Void = { _ in }
  )
    throws -> Scheduler
  {
    var configuration = SchedulerConfiguration(blockSize: 4, blockCount: blockCount)
    change(&configuration)
    return try Scheduler(configuration)
  }

  @Test("the last known token is computed, also where all blocks are cached")
  func lastToken() throws {
    var scheduler = try scheduler(10)
    for request in 0..<2 {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenIDs: Self.prompt, outputTokenLimit: 1)
    }
    let step = scheduler.schedule()
    #expect(step.scheduled.map(\.computedTokenCount) == [0, 8])
    #expect(step.newBlocks == [[0, 1, 2], [3]])
    update(step, &scheduler)
    // Of the two equal blocks the first is cached, the other is reused first.
    #expect(scheduler.blockManager.freeBlocks == [3, 4, 5, 6, 7, 8, 9, 2, 1, 0])
    let longer = try scheduler.add(
      requestID: 3, promptTokenIDs: Self.prompt + [1], outputTokenLimit: 1)
    let hits = try run(&scheduler)
    #expect(hits == [longer: 12])
  }

  @Test("64 requests that arrive together compute their 512 common tokens once, also in chunks")
  func commonPrefix() throws {
    for budget in [4096, 64] {
      var scheduler = try Scheduler(SchedulerConfiguration(maxNumBatchedTokens: budget, blockCount: 1000))
      for request in 0..<64 {
        _ = try scheduler.add(
          requestID: RequestID(request),
          promptTokenIDs: [Int32](0..<512) + (0..<8).map { Int32(1000 * (request + 1) + $0) },
          outputTokenLimit: 1)
      }
      var (computedCount, mostUsed) = (0, 0)
      while scheduler.hasUnfinishedSequences {
        let step = scheduler.schedule()
        computedCount += step.scheduledTokenCount
        mostUsed = max(mostUsed, scheduler.blockManager.usedBlockCount)
        update(step, &scheduler)
      }
      #expect(computedCount == 512 + 64 * 8)
      #expect(mostUsed <= 32 + 64)
      if budget == 4096 { #expect(mostUsed == 32 + 64) }
    }
  }

  @Test("a request that wants its whole prompt in a batch finds nothing, and others find its blocks")
  func wholePrompt() throws {
    var scheduler = try scheduler(10) { $0.maxNumSeqs = 1 }
    for request in 0..<3 {
      _ = try scheduler.add(
        requestID: RequestID(request), promptTokenIDs: Self.prompt, outputTokenLimit: 1,
        readsPrefixCache: request == 2)
    }
    let hits = try run(&scheduler)
    #expect(hits == [2: 8])
  }

  @Test("samples that begin with cached blocks share them, and write into copies of what is partly filled")
  func forks() throws {
    var scheduler = try scheduler(12)
    _ = try scheduler.add(requestID: 0, promptTokenIDs: Self.prompt, outputTokenLimit: 1)
    _ = try run(&scheduler)
    let first = try scheduler.add(
      requestID: 1, promptTokenIDs: Self.prompt + [7], outputTokenLimit: 5, sampleCount: 3)
    var step = scheduler.schedule()
    #expect(step.scheduled.map(\.prefixHitTokenCount) == [12] && step.newBlocks == [[3]])
    update(step, &scheduler)
    step = scheduler.schedule()
    #expect(
      step.blockCopies == [BlockCopy(source: 3, destination: 4), BlockCopy(source: 3, destination: 5)])
    #expect((0..<3).map { scheduler.blockManager.referenceCount(of: $0) } == [3, 3, 3])
    // Forks hold their prompt's blocks: they have nothing to find.
    #expect(step.scheduled.allSatisfy { $0.prefixHitTokenCount == 0 })
    #expect(scheduler.blockIDs(of: first + 2) == [0, 1, 2, 3])
    update(step, &scheduler)
    _ = try run(&scheduler)
    #expect(scheduler.blockManager.freeBlockCount == 12)
  }

  @Test("a beam search finds and caches its prompt's full blocks, and no others")
  func beams() throws {
    var scheduler = try scheduler(20)
    _ = try scheduler.add(requestID: 0, promptTokenIDs: Self.prompt + [7], outputTokenLimit: 9, beamWidth: 2)
    _ = try run(&scheduler)
    #expect(scheduler.blockManager.pool.cachedBlockCount == 3)
    let second = try scheduler.add(
      requestID: 1, promptTokenIDs: Self.prompt + [7], outputTokenLimit: 9, beamWidth: 3)
    let step = scheduler.schedule()
    #expect(step.scheduled.map(\.prefixHitTokenCount) == [12])
    #expect(Array(scheduler.blockIDs(of: second)[..<3]) == [0, 1, 2])
    update(step, &scheduler)
    _ = try run(&scheduler)
    #expect(scheduler.blockManager.pool.cachedBlockCount == 3)
  }

  @Test("cached blocks on the free queue count as taken when a sequence is admitted")
  func admissionDemand() throws {
    var scheduler = try scheduler(6)
    _ = try scheduler.add(requestID: 0, promptTokenIDs: Self.prompt, outputTokenLimit: 1)
    _ = try run(&scheduler)
    // Four of six blocks; the two that are left and three cached ones are free then.
    let other = try scheduler.add(
      requestID: 1, promptTokenIDs: [Int32](0..<4), outputTokenLimit: 9)
    var step = scheduler.schedule()
    #expect(step.newBlocks == [[3]])
    update(step, &scheduler)
    // Three found blocks are free, three new ones would be needed: 6 of the 5 that are free.
    let long = try scheduler.add(
      requestID: 2, promptTokenIDs: Self.prompt + [Int32](0..<9), outputTokenLimit: 1)
    step = scheduler.schedule()
    #expect(step.scheduled.map(\.sequenceID) == [other] && scheduler.waitingSequenceIDs == [long])
    update(step, &scheduler)
    let hits = try run(&scheduler)
    // The other took the two free blocks, so that all three are there still.
    #expect(hits == [long: 12])
  }

  @Test(
    "blocks of a step that was aborted before its end are not found, unless others of the step share them",
    arguments: [false, true])
  func abortedStep(isShared: Bool) throws {
    var scheduler = try scheduler(20)
    _ = try scheduler.add(requestID: 0, promptTokenIDs: Self.prompt + [1], outputTokenLimit: 2)
    if isShared {
      _ = try scheduler.add(requestID: 1, promptTokenIDs: Self.prompt + [2], outputTokenLimit: 2)
    }
    let step = scheduler.schedule()
    scheduler.abort(0)
    #expect(scheduler.checkInvariants() == [])
    _ = try scheduler.add(requestID: 2, promptTokenIDs: Self.prompt + [3], outputTokenLimit: 2)
    scheduler.update(
      step.scheduled.map { SampledResult(sequenceID: $0.sequenceID, tokenID: 5, isFinished: false) })
    #expect(scheduler.checkInvariants() == [])
    let next = scheduler.schedule()
    #expect(next.scheduled.last?.requestID == 2)
    #expect(next.scheduled.last?.prefixHitTokenCount == (isShared ? 12 : 0))
  }

  @Test("output blocks are found by a prompt that continues them")
  func continuedAnswer() throws {
    var scheduler = try scheduler(20)
    let first = try scheduler.add(requestID: 0, promptTokenIDs: Self.prompt, outputTokenLimit: 9)
    for count in 1...9 {
      let step = scheduler.schedule()
      scheduler.update([
        SampledResult(sequenceID: first, tokenID: Int32(count), isFinished: count == 9)
      ])
      #expect(step.scheduledTokenCount == (count == 1 ? 12 : 1))
    }
    // The ninth token was drawn, but not computed.
    let next = try scheduler.add(
      requestID: 1, promptTokenIDs: Self.prompt + [Int32](1...9), outputTokenLimit: 1)
    let hits = try run(&scheduler)
    #expect(hits == [next: 20])
  }

  @Test("without the cache nothing is found, kept or hashed")
  func disabled() throws {
    var scheduler = try scheduler(10) { $0.enablePrefixCaching = false }
    for request in 0..<3 {
      let id = try scheduler.add(
        requestID: RequestID(request), promptTokenIDs: Self.prompt, outputTokenLimit: 2)
      #expect(scheduler.sequence(id)?.tokens == SequenceTokens(prompt: []))
    }
    let hits = try run(&scheduler)
    #expect(hits.isEmpty && scheduler.blockManager.pool.prefixHash == nil)
  }

  @Test("without chunked prefill a prompt needs budget for what it does not find")
  func wholePrompts() throws {
    var scheduler = try scheduler(20) {
      $0.enableChunkedPrefill = false
      $0.maxNumBatchedTokens = 14
    }
    for request in 0..<2 {
      _ = try scheduler.add(
        requestID: RequestID(request), promptTokenIDs: Self.prompt + [Int32(request)], outputTokenLimit: 1)
    }
    let step = scheduler.schedule()
    #expect(step.scheduled.map(\.tokenCount) == [13, 1])
  }
}
