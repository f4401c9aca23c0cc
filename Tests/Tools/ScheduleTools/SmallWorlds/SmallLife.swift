import QuireScheduling

/// A small world while it runs.
struct SmallLife {
  private(set) var outcome = SmallWorld.Outcome()
  private let world: SmallWorld
  private var scheduler: Scheduler
  private var nextArrival = 0
  /// What the sequences are to know; gone when they are finished.
  private var owed: [SequenceID: Owed] = [:]
  /// The tag of each position of each block, block by block.
  private var cache: [UInt64]

  private struct Owed {
    let request: Int
    let sample: Int
    /// One of a sample, or one of each beam.
    var lines: [TokenLine]
  }

  init(_ world: SmallWorld) throws {
    self.world = world
    scheduler = try Scheduler(world.configuration)
    cache = Array(repeating: 0, count: world.configuration.blockCount * world.configuration.blockSize)
  }

  mutating func run() throws {
    while nextArrival < world.requests.count || scheduler.hasUnfinishedSequences {
      try arrive()
      try abort(at: 2 * outcome.stepCount)
      let output = scheduler.schedule()
      try check(output.isEmpty == !scheduler.hasUnfinishedSequences, "an empty step for unfinished sequences")
      note(output)
      try compute(output)
      try checkInvariants()
      try abort(at: 2 * outcome.stepCount + 1)
      if !output.isEmpty { try update(output) }
      try checkInvariants()
      outcome.stepCount += 1
      try check(outcome.stepCount < 200, "the schedule does not end")
    }
    try check(owed.isEmpty, "\(owed.count) sequences have not finished")
    try check(scheduler.blockManager.usedBlockCount == 0, "blocks are in use at the end")
  }

  private func check(_ condition: Bool, _ problem: @autoclosure () -> String) throws {
    if !condition { throw SmallWorld.Violation(description: problem()) }
  }

  private func checkInvariants() throws {
    let violations = scheduler.checkInvariants()
    try check(violations.isEmpty, violations.joined(separator: "; "))
    for (id, owed) in owed {
      let found = scheduler.sequence(id)?.tokenCount
      try check(
        found == owed.lines[0].count, "sequence \(id) has \(found ?? 0) of \(owed.lines[0].count) tokens")
    }
  }

  private mutating func arrive() throws {
    while nextArrival < world.requests.count, world.requests[nextArrival].arrivalStep <= outcome.stepCount {
      let (index, request) = (nextArrival, world.requests[nextArrival])
      nextArrival += 1
      let id = add(request, index)
      try check((id != nil) == world.fits(request), "request \(index) is taken or refused by mistake")
      if let id {
        owed[id] = Owed(
          request: index, sample: 0, lines: [TokenLine(promptTokenCount: request.promptTokenCount)])
      } else {
        outcome.refusalCount += 1
      }
    }
  }

  private mutating func add(_ request: SmallRequest, _ index: Int) -> SequenceID? {
    try? scheduler.add(
      requestID: RequestID(index), promptTokenIDs: TokenLine.prompt(request.promptTokenCount),
      outputTokenLimit: request.outputTokenCount, sampleCount: request.sampleCount,
      beamWidth: request.beamWidth)
  }

  private mutating func abort(at moment: Int) throws {
    guard let abort = world.abort, abort.moment == moment, abort.request < nextArrival else { return }
    let victims = owed.filter { $0.value.request == abort.request }
    outcome.hasAborted = scheduler.abort(RequestID(abort.request))
    try check(outcome.hasAborted == !victims.isEmpty, "an abort found, or missed, by mistake")
    for id in victims.keys { owed[id] = nil }
    try checkInvariants()
  }

  private mutating func note(_ output: SchedulerOutput) {
    outcome.preemptionCount += output.preempted.count
    outcome.copyCount += output.blockCopies.count
    for entry in output.scheduled {
      outcome.hitTokenCount += entry.prefixHitTokenCount
      note(Int(entry.sequenceID), entry.beam, entry.computedTokenCount, entry.tokenCount)
    }
    for id in output.preempted { note(-1, Int(id)) }
    for copy in output.blockCopies { note(Int(copy.source), Int(copy.destination)) }
    for entry in output.scheduled {
      for block in entry.newBlockIDs { note(Int(block)) }
    }
  }

  private mutating func note(_ numbers: Int...) {
    for number in numbers {
      outcome.digest = (outcome.digest ^ UInt64(bitPattern: Int64(number))) &* 0x100_0000_01b3
    }
  }

  /// Copies blocks, writes the batch's tags, and reads back what each of its sequences sees.
  private mutating func compute(_ output: SchedulerOutput) throws {
    let size = world.configuration.blockSize
    let groups = world.configuration.groups
    for copy in output.blockCopies {
      for slot in 0..<size {
        cache[Int(copy.destination) * size + slot] = cache[Int(copy.source) * size + slot]
      }
    }
    for entry in output.scheduled {
      guard let line = owed[entry.sequenceID]?.lines[entry.beam] else {
        throw SmallWorld.Violation(description: "sequence \(entry.sequenceID) runs after its end")
      }
      for position in entry.computedTokenCount..<entry.computedTokenCount + entry.tokenCount {
        for group in 0..<groups.count {
          cache[place(of: position, in: entry, group)] = mark(line.tags[position], group)
        }
      }
    }
    for entry in output.scheduled {
      guard let line = owed[entry.sequenceID]?.lines[entry.beam] else { continue }
      let end = entry.computedTokenCount + entry.tokenCount
      for group in 0..<groups.count {
        let window = group < groups.fullCount ? nil : groups.window
        let first = max(0, entry.computedTokenCount - ((window ?? .max) - 1))
        for position in first..<end
        where cache[place(of: position, in: entry, group)] != mark(line.tags[position], group) {
          try check(false, "sequence \(entry.sequenceID) finds another token's keys at \(position)")
        }
      }
      try check(entry.needsSample == (end == line.count), "a sample is due, or not, by mistake")
    }
  }

  /// Where a position of a sequence lies in the cache for a group of layers.
  private func place(of position: Int, in entry: ScheduledSequence, _ group: Int) -> Int {
    let size = world.configuration.blockSize
    let block = entry.blockTable.blockIDs[position / size * world.configuration.groups.count + group]
    return Int(block) * size + position % size
  }

  /// What a cache block of a group holds of a tag.
  private func mark(_ tag: UInt64, _ group: Int) -> UInt64 { tag &* 8 &+ UInt64(group) }

  private mutating func update(_ output: SchedulerOutput) throws {
    var results: [SampledResult] = []
    var beamResults: [BeamResult] = []
    for entry in output.scheduled where entry.needsSample && entry.beam == 0 {
      guard let parent = owed[entry.sequenceID] else {
        // Aborted since: its results must be without effect.
        results += entry.sampleIDs.map { SampledResult(sequenceID: $0, tokenID: 0, isFinished: false) }
        continue
      }
      if case .beams(_, let parents) = world.requests[parent.request].kind {
        beamResults.append(reorder(entry.sequenceID, parent, parents))
      } else {
        for (offset, id) in entry.sampleIDs.enumerated() {
          results.append(
            draw(id, Owed(request: parent.request, sample: parent.sample + offset, lines: parent.lines)))
        }
      }
    }
    scheduler.update(results, beams: beamResults)
  }

  private mutating func draw(_ id: SequenceID, _ sample: Owed) -> SampledResult {
    var sample = sample
    let request = world.requests[sample.request]
    let outputTokenCount = sample.lines[0].count - request.promptTokenCount + 1
    let token = token(outputTokenCount, sample.request, sample.sample)
    sample.lines[0].append(token)
    let isFinished = outputTokenCount == request.outputTokenCount(ofSample: sample.sample)
    owed[id] = isFinished ? nil : sample
    return SampledResult(sequenceID: id, tokenID: token, isFinished: isFinished)
  }

  private mutating func reorder(_ id: SequenceID, _ search: Owed, _ choices: [[Int]]) -> BeamResult {
    let request = world.requests[search.request]
    let outputTokenCount = search.lines[0].count - request.promptTokenCount + 1
    if outputTokenCount == request.outputTokenCount {
      owed[id] = nil
      return BeamResult(sequenceID: id, parents: [])
    }
    let parents = choices[(outputTokenCount - 1) % choices.count].map { $0 % search.lines.count }
    var lines: [TokenLine] = []
    for (beam, parent) in parents.enumerated() {
      lines.append(search.lines[parent])
      lines[beam].append(token(outputTokenCount, search.request, beam))
    }
    owed[id]?.lines = lines
    return BeamResult(sequenceID: id, parents: parents)
  }

  /// A token that no other answer has in this place.
  private func token(_ outputTokenCount: Int, _ request: Int, _ line: Int) -> Int32 {
    Int32(1000 + 100 * outputTokenCount + 10 * request + line)
  }
}
