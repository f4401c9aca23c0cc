import Testing

@testable import QuireScheduling

@Suite("Scheduler: drafts")
struct DraftTests {
  /// A scheduler with one sample that has a prompt of `promptTokenCount` tokens computed, and one output token.
  private func started(
    promptTokenCount: Int = 6, outputTokenLimit: Int = 40, _ configuration: SchedulerConfiguration
  ) throws -> (Scheduler, SequenceID) {
    var scheduler = try Scheduler(configuration)
    let prompt = (0..<Int32(promptTokenCount)).map { $0 }
    let id = try scheduler.add(
      requestID: 0, promptTokenIDs: prompt, outputTokenLimit: outputTokenLimit)
    _ = scheduler.schedule()
    scheduler.update([SampledResult(sequenceID: id, tokenID: 100, isFinished: false)])
    return (scheduler, id)
  }

  @Test(
    "right drafts count as computed, wrong ones give their blocks back, and filled blocks are found by others"
  )
  func acceptance() throws {
    var (scheduler, id) = try started(SchedulerConfiguration(blockSize: 4, blockCount: 20))
    scheduler.offerDraft(of: 9, to: id)
    let step = scheduler.schedule()
    #expect(step.scheduled[0].tokenCount == 10 && step.scheduled[0].draftTokenCount == 9)
    #expect(step.scheduled[0].needsSample && step.draftTokenCount == 9)
    #expect(scheduler.blockManager.usedBlockCount == 4 && scheduler.checkInvariants() == [])
    // Six and one were known; three drafts are right, and one token more is drawn.
    scheduler.update(
      (101...104).map { SampledResult(sequenceID: id, tokenID: $0, isFinished: false) })
    #expect(scheduler.checkInvariants() == [])
    let state = try #require(scheduler.sequence(id))
    #expect(state.tokenCount == 11 && state.computedTokenCount == 10)
    #expect(scheduler.blockManager.usedBlockCount == 3)
    // The block of tokens 4 to 7 holds two of the prompt's, one known and one drafted token.
    let other = try scheduler.add(
      requestID: 1, promptTokenIDs: [0, 1, 2, 3, 4, 5, 100, 101, 102, 9], outputTokenLimit: 4)
    let next = scheduler.schedule()
    #expect(next.scheduled.first { $0.sequenceID == other }?.prefixHitTokenCount == 8)
    #expect(next.scheduled[0].tokenCount == 1 && next.scheduled[0].computedTokenCount == 10)
  }

  @Test("drafts end before the answer's limit, and take no more than the budget leaves")
  func limits() throws {
    var (scheduler, id) = try started(
      outputTokenLimit: 5, SchedulerConfiguration(blockSize: 4, blockCount: 20))
    scheduler.offerDraft(of: 9, to: id)
    // One is drawn, four may follow, of which the last needs no row of its own.
    #expect(scheduler.schedule().scheduled[0].draftTokenCount == 3)
    scheduler.update(
      (101...104).map { SampledResult(sequenceID: id, tokenID: $0, isFinished: $0 == 104) })
    #expect(!scheduler.hasUnfinishedSequences && scheduler.blockManager.usedBlockCount == 0)

    (scheduler, id) = try started(
      SchedulerConfiguration(maxNumBatchedTokens: 6, blockSize: 4, blockCount: 20))
    scheduler.offerDraft(of: 9, to: id)
    #expect(scheduler.schedule().scheduled[0].draftTokenCount == 5)
    scheduler.update([SampledResult(sequenceID: id, isFinished: false)])
    // A prompt that waits finds half of what is left.
    _ = try scheduler.add(requestID: 1, promptTokenIDs: [Int32](0..<20), outputTokenLimit: 4)
    scheduler.offerDraft(of: 9, to: id)
    #expect(scheduler.schedule().scheduled.map(\.tokenCount) == [3, 3])
    scheduler.update([SampledResult(sequenceID: id, isFinished: false)])
    // A prompt that runs takes what it can, and drafts get nothing.
    scheduler.offerDraft(of: 9, to: id)
    #expect(scheduler.schedule().scheduled.map(\.tokenCount) == [1, 5])
  }

  @Test("drafts take no block from anybody: where none is free for them, the known token goes alone")
  func shortOfBlocks() throws {
    var (scheduler, id) = try started(
      promptTokenCount: 4, outputTokenLimit: 12, SchedulerConfiguration(blockSize: 4, blockCount: 4))
    let other = try scheduler.add(requestID: 1, promptTokenIDs: [Int32](10..<18), outputTokenLimit: 4)
    _ = scheduler.schedule()
    scheduler.update(
      [id, other].map { SampledResult(sequenceID: $0, tokenID: 100, isFinished: false) })
    #expect(scheduler.blockManager.freeBlockCount == 0)
    scheduler.offerDraft(of: 4, to: id)
    let step = scheduler.schedule()
    #expect(step.scheduled.first { $0.sequenceID == id }?.draftTokenCount == 0)
  }

  @Test(
    "an offer holds for one step, and not for a sequence that waits or has more to compute than its last token"
  )
  func offers() throws {
    var (scheduler, id) = try started(SchedulerConfiguration(blockSize: 4, blockCount: 20))
    scheduler.offerDraft(of: 2, to: id)
    _ = scheduler.schedule()
    scheduler.update([SampledResult(sequenceID: id, isFinished: false)])
    #expect(scheduler.schedule().scheduled[0].draftTokenCount == 0)
    scheduler.update([SampledResult(sequenceID: id, isFinished: false)])
    let waiting = try scheduler.add(requestID: 1, promptTokenIDs: [1, 2, 3], outputTokenLimit: 4)
    scheduler.offerDraft(of: 2, to: waiting)
    scheduler.offerDraft(of: 2, to: 77)
    #expect(scheduler.schedule().draftTokenCount == 0)
  }
}
