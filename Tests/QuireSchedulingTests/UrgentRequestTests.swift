import Testing

@testable import QuireScheduling

@Suite("Scheduler: urgent requests")
struct UrgentRequestTests {
  /// Makes a step; each sequence that is not named in `ending` goes on.
  @discardableResult
  private func step(_ scheduler: inout Scheduler, ending: Set<SequenceID> = []) throws -> SchedulerOutput {
    let output = scheduler.schedule()
    scheduler.update(
      output.scheduled.flatMap(\.sampleIDs).map {
        SampledResult(sequenceID: $0, isFinished: ending.contains($0))
      })
    try #require(scheduler.checkInvariants() == [])
    return output
  }

  @Test("an urgent request takes the place of the youngest other one in the next step, and it goes on later")
  func takesAPlace() throws {
    var scheduler = try Scheduler(SchedulerConfiguration(maxNumSeqs: 2, blockCount: 100))
    for request in 0..<4 {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenCount: 4, outputTokenLimit: 9)
    }
    try step(&scheduler)
    let urgent = try scheduler.add(
      requestID: 9, promptTokenCount: 4, outputTokenLimit: 9, isUrgent: true)
    let next = try step(&scheduler)
    #expect(next.scheduled.map(\.sequenceID) == [urgent, 0] && next.preempted == [1])
    #expect(scheduler.waitingSequenceIDs == [1, 2, 3])
    let last = try step(&scheduler, ending: [urgent])
    #expect(last.scheduled.map(\.sequenceID) == [urgent, 0] && last.preempted == [])
    let step1 = try step(&scheduler)
    #expect(step1.scheduled.map(\.sequenceID) == [0, 1])
  }

  @Test("urgent requests go before others that wait, and first come first served among themselves")
  func order() throws {
    var scheduler = try Scheduler(SchedulerConfiguration(maxNumSeqs: 3, blockCount: 100))
    for request in 0..<6 {
      _ = try scheduler.add(
        requestID: RequestID(request), promptTokenCount: 4, outputTokenLimit: 9,
        isUrgent: request % 2 == 1)
    }
    let step2 = try step(&scheduler)
    #expect(step2.scheduled.map(\.sequenceID) == [1, 3, 5])
    // All places are taken by urgent ones: one more of them waits, and takes nobody's.
    _ = try scheduler.add(requestID: 6, promptTokenCount: 4, outputTokenLimit: 9, isUrgent: true)
    let full = try step(&scheduler, ending: [3])
    #expect(full.scheduled.map(\.sequenceID) == [1, 3, 5] && full.preempted == [])
    let step3 = try step(&scheduler)
    #expect(step3.scheduled.map(\.sequenceID) == [1, 5, 6])
  }

  @Test("what goes on behind an answer is admitted before what begins, behind what has run")
  func continuations() throws {
    var scheduler = try Scheduler(SchedulerConfiguration(maxNumSeqs: 2, blockCount: 100))
    func add(_ request: RequestID, isContinuation: Bool = false, isUrgent: Bool = false) throws {
      _ = try scheduler.add(
        requestID: request, promptTokenIDs: [1, 2, 3, 4], outputTokenLimit: 9, isUrgent: isUrgent,
        isContinuation: isContinuation)
    }
    for request in 0..<4 { try add(RequestID(request)) }
    try step(&scheduler)
    try add(4, isContinuation: true)
    try add(5)
    try add(6, isContinuation: true)
    #expect(scheduler.waitingSequenceIDs == [4, 6, 2, 3, 5])
    // The one that gives way has run.
    try add(7, isUrgent: true)
    #expect(try step(&scheduler).preempted == [1])
    try add(8, isContinuation: true)
    #expect(scheduler.waitingSequenceIDs == [1, 4, 6, 8, 2, 3, 5])
    scheduler.abort(4)
    #expect(try step(&scheduler, ending: [0, 7]).scheduled.map(\.sequenceID) == [7, 0])
    #expect(try step(&scheduler, ending: [1, 6]).scheduled.map(\.sequenceID) == [1, 6])
    try add(9, isContinuation: true)
    #expect(scheduler.waitingSequenceIDs == [8, 9, 2, 3, 5])
    #expect(try step(&scheduler, ending: [8, 9]).scheduled.map(\.sequenceID) == [8, 9])
    #expect(try step(&scheduler, ending: [2, 3]).scheduled.map(\.sequenceID) == [2, 3])
    try add(10, isContinuation: true)
    #expect(scheduler.waitingSequenceIDs == [10, 5])
  }

  @Test("a long urgent prompt leaves each running sequence a token in every step")
  func longPrompt() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(maxNumSeqs: 8, maxNumBatchedTokens: 16, blockCount: 100))
    for request in 0..<3 {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenCount: 2, outputTokenLimit: 99)
    }
    try step(&scheduler)
    let urgent = try scheduler.add(
      requestID: 9, promptTokenCount: 40, outputTokenLimit: 9, isUrgent: true)
    for _ in 0..<3 {
      let step = try step(&scheduler)
      #expect(step.scheduled.map(\.sequenceID) == [urgent, 0, 1, 2])
      #expect(step.scheduled.map(\.tokenCount) == [13, 1, 1, 1])
    }
    let step4 = try step(&scheduler)
    #expect(step4.scheduled.map(\.tokenCount) == [1, 1, 1, 1])
  }

  @Test("blocks come from the youngest others, no more of them than are needed")
  func takesBlocks() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(blockSize: 4, blockCount: 12, enablePrefixCaching: false))
    for request in 0..<3 {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenCount: 13, outputTokenLimit: 3)
    }
    try step(&scheduler)
    #expect(scheduler.blockManager.freeBlockCount == 0)
    let urgent = try scheduler.add(
      requestID: 9, promptTokenCount: 20, outputTokenLimit: 4, isUrgent: true)
    let next = try step(&scheduler)
    #expect(next.preempted == [2, 1] && next.scheduled.map(\.sequenceID) == [urgent, 0])
  }

  @Test("where urgent requests hold the cache, others are not preempted in vain")
  func sparesOthers() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(blockSize: 4, blockCount: 12, enablePrefixCaching: false))
    _ = try scheduler.add(requestID: 0, promptTokenCount: 8, outputTokenLimit: 4)
    _ = try scheduler.add(requestID: 1, promptTokenCount: 30, outputTokenLimit: 6, isUrgent: true)
    try step(&scheduler)
    _ = try scheduler.add(requestID: 2, promptTokenCount: 30, outputTokenLimit: 6, isUrgent: true)
    _ = try scheduler.add(requestID: 3, promptTokenCount: 1, outputTokenLimit: 9)
    let full = try step(&scheduler, ending: [1])
    // Nobody overtakes the urgent one either, though the last would fit.
    #expect(full.scheduled.map(\.sequenceID) == [1, 0] && full.preempted == [])
    let step5 = try step(&scheduler)
    #expect(step5.scheduled.map(\.sequenceID) == [2, 0, 3])
  }

  @Test("a prompt that may not be cut finds a step's budget although others use it up")
  func wholePrompt() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(
        maxNumSeqs: 8, maxNumBatchedTokens: 8, blockCount: 100, enableChunkedPrefill: false))
    for request in 0..<4 {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenCount: 2, outputTokenLimit: 99)
    }
    try step(&scheduler)
    let urgent = try scheduler.add(
      requestID: 9, promptTokenCount: 7, outputTokenLimit: 9, isUrgent: true)
    let next = try step(&scheduler)
    #expect(next.scheduled.map(\.sequenceID) == [urgent, 0] && next.preempted == [3, 2, 1])
  }

  @Test("an urgent beam search and urgent samples find places and blocks in a full scheduler")
  func shapes() throws {
    var scheduler = try Scheduler(
      SchedulerConfiguration(
        maxNumSeqs: 4, maxNumBatchedTokens: 16, blockSize: 2, blockCount: 24, enablePrefixCaching: false))
    for request in 0..<4 {
      _ = try scheduler.add(requestID: RequestID(request), promptTokenCount: 8, outputTokenLimit: 9)
    }
    try step(&scheduler)
    try step(&scheduler)
    let search = try scheduler.add(
      requestID: 9, promptTokenCount: 6, outputTokenLimit: 4, beamWidth: 3, isUrgent: true)
    let next = scheduler.schedule()
    #expect(next.scheduled.first?.sequenceID == search && next.preempted.count == 3)
    #expect(scheduler.checkInvariants() == [])
    let isFound = scheduler.abort(9)
    #expect(isFound)
    scheduler.update(
      next.scheduled.filter { $0.needsSample && $0.sequenceID != search }.map {
        SampledResult(sequenceID: $0.sequenceID, isFinished: false)
      })
    let samples = try scheduler.add(
      requestID: 10, promptTokenCount: 6, outputTokenLimit: 4, sampleCount: 4, isUrgent: true)
    try step(&scheduler)
    let step6 = try step(&scheduler)
    #expect(step6.scheduled.prefix(4).map(\.sequenceID) == Array(samples..<samples + 4))
  }
}
