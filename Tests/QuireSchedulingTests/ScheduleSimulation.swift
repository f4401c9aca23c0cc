import QuireTestSupport
import Testing

@testable import QuireScheduling

/// One random engine life: arrivals over time, samples and beams, prompts and answers of few token ids, aborts,
/// finishes before the limit.
///
/// Plays the model with a cache that holds a tag for each position, so that every table can be read back: a wrong
/// copy, a write into a shared block, a block reused too early or shared by mistake shows as a wrong tag. Two positions
/// have equal tags exactly where all tokens up to them are equal, as keys and values have.
struct ScheduleSimulation {
  /// A tag's name: what comes before it, and its token.
  private struct TagKey: Hashable {
    let before: Int
    let token: Int32
  }

  /// What one sequence of the batch writes, noted before it may be aborted.
  private struct Work {
    let entry: ScheduledSequence
    let table: [Int32]
    let line: [Int]
  }

  private(set) var counts = Counts()
  private var scheduler: Scheduler
  private var arrivals: [Arrival]
  private var nextArrival = 0
  private var owed: [SequenceID: Progress] = [:]
  /// `[block][slot]`: the mark that was written last; 0 for none.
  private var cache: [[Int]]
  /// The drafts of the step under way.
  private var drafts: [SequenceID: [Int32]] = [:]
  /// Whether sequences are offered drafts.
  private let hasDrafts: Bool
  /// Number of different token ids.
  private let alphabetSize: Int
  private var tags: [TagKey: Int] = [:]

  init(_ random: inout TestRandom) throws {
    let isChunked = random.below(3) > 0
    let blockSize = random.below(4) + 1
    let window = random.below(3) == 0 ? random.below(9) + 1 : nil
    // A look at what is drawn next.
    var nextDraw = random
    let sparesUntouchedBlocks = nextDraw.below(2) == 0
    var groups = BlockGroups.one(window: window)
    if let window, nextDraw.below(2) == 0 {
      groups = BlockGroups(fullCount: nextDraw.below(3), windowedCount: nextDraw.below(3) + 1, window: window)
    }
    let configuration = SchedulerConfiguration(
      maxNumSeqs: random.below(8) + 1, maxNumBatchedTokens: random.below(16) + 1, blockSize: blockSize,
      blockCount: ((window == nil ? 24 : 10) + random.below(24)) / blockSize * groups.count,
      enableChunkedPrefill: isChunked,
      longPrefillTokenThreshold: isChunked && random.below(2) == 0 ? random.below(6) + 1 : nil,
      enablePrefixCaching: random.below(4) > 0, groups: groups,
      sparesUntouchedBlocks: sparesUntouchedBlocks)
    // Hashes of 0 to 2 bits collide all the time.
    scheduler = try Scheduler(configuration, prefixHash: PrefixHash(mask: random.pick([.max, .max, 3, 0])))
    let alphabetSize = random.pick([1, 2, 2, 3, 1 << 20])
    self.alphabetSize = alphabetSize
    hasDrafts = nextDraw.below(2) == 0
    cache = Array(repeating: Array(repeating: 0, count: blockSize), count: configuration.blockCount)
    arrivals = (0..<random.below(10) + 1).map { _ in
      let kind = random.below(4)
      return Arrival(
        prompt: (0..<random.below(14) + 1).map { _ in Int32(random.below(alphabetSize)) },
        outputTokenLimit: random.below(12) + 1, sampleCount: kind == 0 ? random.below(6) + 1 : 1,
        beamWidth: kind == 1 ? random.below(4) + 1 : 1, readsPrefixCache: random.below(6) > 0)
    }
    // Half of the lives have urgent requests, which come later than the others.
    nextDraw = random
    if nextDraw.below(2) == 0 {
      for index in arrivals.indices { arrivals[index].isUrgent = nextDraw.below(arrivals.count) < index }
    }
    // A third has requests that turn back, besides.
    guard nextDraw.below(3) == 0 else { return }
    for _ in 0...nextDraw.below(4) {
      var arrival = arrivals[nextDraw.below(arrivals.count)]
      (arrival.sampleCount, arrival.beamWidth) = (1, 1)
      arrival.turnCount = nextDraw.below(6)
      arrival.prefixTokenLimit = nextDraw.below(arrival.promptTokenCount)
      arrivals.insert(arrival, at: nextDraw.below(arrivals.count + 1))
    }
  }

  mutating func run(_ random: inout TestRandom) throws {
    while nextArrival < arrivals.count || scheduler.hasUnfinishedSequences {
      try arrive(&random)
      if random.below(12) == 0 { abortOne(&random) }
      let ranBefore = Set(scheduler.runningSequenceIDs)
      let urgentWaited = scheduler.waitingSequenceIDs.filter(isUrgent)
      if hasDrafts {
        for id in owed.keys.sorted() { scheduler.offerDraft(of: random.below(7), to: id) }
      }
      let output = scheduler.schedule()
      try #require(scheduler.checkInvariants() == [])
      try checkUrgency(output, ranBefore, urgentWaited)
      try #require(output.isEmpty == !scheduler.hasUnfinishedSequences)
      if output.isEmpty { continue }
      count(output)
      try compute(output, &random)
      if random.below(12) == 0 { abortOne(&random) }
      update(output, &random)
      try #require(scheduler.checkInvariants() == [])
      for (id, progress) in owed {
        try #require(scheduler.sequence(id)?.tokenCount == progress.lines[0].count)
      }
      try #require(counts.steps < 3000, "the schedule does not end")
    }
    #expect(owed.isEmpty)
    #expect(scheduler.blockManager.freeBlockCount == scheduler.configuration.blockCount)
  }

  private mutating func arrive(_ random: inout TestRandom) throws {
    while nextArrival < arrivals.count && (random.below(2) == 0 || !scheduler.hasUnfinishedSequences) {
      let arrival = arrivals[nextArrival]
      do {
        let id = try scheduler.add(
          requestID: RequestID(nextArrival), promptTokenIDs: arrival.prompt,
          outputTokenLimit: arrival.outputTokenLimit, sampleCount: arrival.sampleCount,
          beamWidth: arrival.beamWidth, isUrgent: arrival.isUrgent,
          readsPrefixCache: arrival.readsPrefixCache, prefixTokenLimit: arrival.prefixTokenLimit,
          turnsBack: arrival.turnCount != nil)
        #expect(fits(arrival))
        owed[id] = Progress(
          arrival: arrival, lines: [arrival.prompt.reduce(into: []) { appendTag($1, to: &$0) }],
          outputTokenCount: outputTokenCount(arrival, &random))
      } catch {
        #expect(!fits(arrival))
      }
      nextArrival += 1
      if !scheduler.hasUnfinishedSequences && nextArrival == arrivals.count { return }
    }
  }

  private func isUrgent(_ id: SequenceID) -> Bool { scheduler.sequence(id)?.isUrgent == true }

  /// Urgent sequences lose blocks only where nobody else has any, nobody overtakes them, and the first of them is admitted
  /// at once where none of them runs.
  private mutating func checkUrgency(
    _ output: SchedulerOutput, _ ranBefore: Set<SequenceID>, _ urgentWaited: [SequenceID]
  ) throws {
    let running = scheduler.runningSequenceIDs
    let othersRun = running.contains { !isUrgent($0) }
    try #require(!othersRun || !output.preempted.contains(where: isUrgent))
    let admitted = running.filter { !ranBefore.contains($0) }
    try #require(
      admitted.allSatisfy(isUrgent) || !scheduler.waitingSequenceIDs.contains(where: isUrgent),
      "nobody overtakes an urgent request")
    if let first = urgentWaited.first, !ranBefore.contains(where: isUrgent) {
      try #require(running.first == first, "an urgent request is begun in the next step")
    }
    if admitted.contains(where: isUrgent) { counts.urgentPreemptions += output.preempted.count }
  }

  private func fits(_ arrival: Arrival) -> Bool {
    let configuration = scheduler.configuration
    // What follows the last token of a way is not computed, nor counted.
    let outputTokenCount = arrival.outputTokenLimit - (arrival.turnCount == nil ? 0 : 1)
    let blocks =
      (arrival.promptTokenCount + outputTokenCount + configuration.blockSize - 1) / configuration.blockSize
    let shared = arrival.beamWidth == 1 ? 0 : arrival.promptTokenCount / configuration.blockSize
    let rows = shared + (blocks - shared) * arrival.beamWidth
    var needed = rows * configuration.groups.fullCount
    if let window = configuration.groups.window {
      let chunk = max(
        arrival.beamWidth,
        min(configuration.maxNumBatchedTokens, configuration.longPrefillTokenThreshold ?? .max))
      // From the first position that is seen, at the end of a block, to the last one of a chunk.
      let turning = arrival.turnCount == nil ? 0 : outputTokenCount
      let last = configuration.blockSize - 1 + window - 1 + chunk + turning - 1
      needed +=
        min(rows, (last / configuration.blockSize + 1) * arrival.beamWidth)
        * configuration.groups.windowedCount
    }
    return needed <= configuration.blockCount
      && arrival.beamWidth <= min(configuration.maxNumSeqs, configuration.maxNumBatchedTokens)
      && (configuration.enableChunkedPrefill
        || arrival.promptTokenCount <= configuration.maxNumBatchedTokens)
  }

  private func outputTokenCount(_ arrival: Arrival, _ random: inout TestRandom) -> Int {
    random.below(3) == 0 ? random.below(arrival.outputTokenLimit) + 1 : arrival.outputTokenLimit
  }

  /// Appends the tag of a token after those of a line; tags begin at 1.
  private mutating func appendTag(_ token: Int32, to line: inout [Int]) {
    let key = TagKey(before: line.last ?? 0, token: token)
    let tag = tags[key] ?? tags.count + 1
    tags[key] = tag
    line.append(tag)
  }

  /// What a cache block of a group holds of a tag.
  private func mark(_ tag: Int, _ group: Int) -> Int { tag * 8 + group }

  private mutating func abortOne(_ random: inout TestRandom) {
    guard nextArrival > 0 else { return }
    let request = RequestID(random.below(nextArrival))
    let victims = owed.keys.filter { scheduler.sequence($0)?.requestID == request }
    let isFound = scheduler.abort(request)
    #expect(isFound == !victims.isEmpty)
    for id in victims { owed[id] = nil }
  }

  private mutating func count(_ output: SchedulerOutput) {
    counts.steps += 1
    counts.preemptions += output.preempted.count
    counts.copies += output.blockCopies.count
    for id in output.preempted {
      if owed[id]!.arrival.beamWidth > 1 { counts.beamPreemptions += 1 }
      if owed[id]!.isFresh { counts.releases += 1 }
      owed[id]!.wasPreempted = true
    }
    for entry in output.scheduled where entry.prefixHitTokenCount > 0 {
      counts.hits += entry.prefixHitTokenCount
      if owed[entry.sequenceID]!.wasPreempted { counts.resumedHits += entry.prefixHitTokenCount }
    }
  }

  /// Copies blocks, writes the batch's tags, and reads every table of the batch back. A request may be aborted before:
  /// then only what others share of it is computed.
  private mutating func compute(_ output: SchedulerOutput, _ random: inout TestRandom) throws {
    let blockSize = scheduler.configuration.blockSize
    let groups = scheduler.configuration.groups
    drafts.removeAll()
    var works: [Work] = []
    for entry in output.scheduled {
      var line = owed[entry.sequenceID]!.lines[entry.beam]
      if entry.draftTokenCount > 0 {
        let draft = (0..<entry.draftTokenCount).map { _ in Int32(random.below(alphabetSize)) }
        for token in draft { appendTag(token, to: &line) }
        drafts[entry.sequenceID] = draft
        counts.drafts += draft.count
      }
      works.append(Work(entry: entry, table: entry.blockTable.blockIDs, line: line))
    }
    if random.below(12) == 0 { abortOne(&random) }
    for copy in output.blockCopies { cache[Int(copy.destination)] = cache[Int(copy.source)] }
    var written: Set<Int32> = []
    for work in works {
      let entry = work.entry
      for position in entry.computedTokenCount..<entry.computedTokenCount + entry.tokenCount {
        for group in 0..<groups.count {
          let block = work.table[position / blockSize * groups.count + group]
          written.insert(block)
          let isNeeded = owed[entry.sequenceID] != nil || scheduler.blockManager.referenceCount(of: block) > 0
          cache[Int(block)][position % blockSize] = isNeeded ? mark(work.line[position], group) : 0
        }
      }
      let shared = work.table.prefix(entry.prefixHitTokenCount / blockSize * groups.count)
      counts.sameStepHits += shared.count { written.contains($0) } * blockSize / groups.count
      if groups.fullCount > 0 && groups.windowedCount > 0 { counts.groupedHits += entry.prefixHitTokenCount }
      counts.vacatedEntries += work.table.count { $0 == BlockTable.vacated }
    }
    let copied = output.blockCopies.map(\.destination)
    try #require(Set(copied).count == copied.count && written.isSuperset(of: copied), "each copy is needed")
    for (entry, line) in works.map({ ($0.entry, $0.line) }) {
      guard let progress = owed[entry.sequenceID] else { continue }
      try #require(progress.arrival.readsPrefixCache || entry.prefixHitTokenCount == 0)
      try #require(entry.prefixHitTokenCount <= progress.arrival.prefixTokenLimit)
      let end = entry.computedTokenCount + entry.tokenCount
      let table = entry.blockTable.blockIDs
      for group in 0..<groups.count {
        let window = group < groups.fullCount ? nil : groups.window
        let first = max(0, entry.computedTokenCount - ((window ?? .max) - 1))
        let found = (first..<end).map {
          cache[Int(table[$0 / blockSize * groups.count + group])][$0 % blockSize]
        }
        try #require(found == line[first..<end].map { mark($0, group) })
      }
      try #require(entry.needsSample == (end - entry.draftTokenCount == progress.lines[entry.beam].count))
      owed[entry.sequenceID]!.isFresh = false
    }
    for id in Set(output.scheduled.filter(\.needsSample).map(\.sequenceID)) {
      guard let progress = owed[id] else { continue }
      let beams = output.scheduled.filter { $0.sequenceID == id && $0.needsSample }.map(\.beam)
      try #require(beams == Array(progress.lines.indices), "beams are sampled together")
    }
  }

  private mutating func update(_ output: SchedulerOutput, _ random: inout TestRandom) {
    var results: [SampledResult] = []
    var beamResults: [BeamResult] = []
    var turns: [TurnResult] = []
    for entry in output.scheduled where entry.needsSample && entry.beam == 0 {
      guard let progress = owed[entry.sequenceID] else {
        // Aborted since: its result must be without effect.
        results += entry.sampleIDs.map { SampledResult(sequenceID: $0, isFinished: false) }
        continue
      }
      if let turnCount = progress.arrival.turnCount {
        turns.append(turn(entry.sequenceID, progress, of: turnCount, &random))
      } else if progress.arrival.beamWidth > 1 {
        beamResults.append(reorder(entry.sequenceID, progress, &random))
      } else {
        var right = (drafts[entry.sequenceID] ?? [])[...]
        if !right.isEmpty { right = right.prefix(random.below(right.count + 1)) }
        while let token = right.popFirst(), let progress = owed[entry.sequenceID] {
          results.append(draw(entry.sequenceID, of: entry, progress, &random, token))
          counts.rightDrafts += 1
        }
        if let progress = owed[entry.sequenceID] {
          results += entry.sampleIDs.map { draw($0, of: entry, progress, &random) }
        }
      }
    }
    scheduler.update(results, beams: beamResults, turns: turns)
  }

  private mutating func turn(
    _ id: SequenceID, _ progress: Progress, of turnCount: Int, _ random: inout TestRandom
  ) -> TurnResult {
    var progress = progress
    let limit = progress.arrival.outputTokenLimit - 1
    let outputTokenCount = progress.lines[0].count - progress.arrival.promptTokenCount
    guard limit > 0, progress.turnCount < turnCount else {
      owed[id] = nil
      return TurnResult(sequenceID: id, keptTokenCount: 0, addedTokenCount: 0)
    }
    let kept = random.below(min(outputTokenCount, limit - 1) + 1)
    let added = random.below(limit - kept) + 1
    progress.lines[0].removeLast(outputTokenCount - kept)
    for _ in 0..<added { appendTag(Int32(random.below(alphabetSize)), to: &progress.lines[0]) }
    progress.turnCount += 1
    counts.turns += kept < outputTokenCount ? 1 : 0
    owed[id] = progress
    return TurnResult(sequenceID: id, keptTokenCount: kept, addedTokenCount: added)
  }

  private mutating func draw(
    _ id: SequenceID, of entry: ScheduledSequence, _ parent: Progress, _ random: inout TestRandom,
    _ token: Int32? = nil
  ) -> SampledResult {
    var progress = parent
    if id != entry.sequenceID {
      progress = Progress(
        arrival: parent.arrival, lines: parent.lines,
        outputTokenCount: outputTokenCount(parent.arrival, &random), isFresh: true)
      counts.forks += 1
    }
    let token = token ?? Int32(random.below(alphabetSize))
    appendTag(token, to: &progress.lines[0])
    let isFinished =
      progress.lines[0].count == progress.arrival.promptTokenCount + progress.outputTokenCount
    owed[id] = isFinished ? nil : progress
    let configuration = scheduler.configuration
    if isFinished
      && progress.lines[0].count > configuration.blockCount / configuration.groups.count
        * configuration.blockSize
    {
      counts.longSequences += 1
      if configuration.groups.fullCount > 0 { counts.longGroupedSequences += 1 }
    }
    return SampledResult(sequenceID: id, tokenID: token, isFinished: isFinished)
  }

  private mutating func reorder(
    _ id: SequenceID, _ progress: Progress, _ random: inout TestRandom
  ) -> BeamResult {
    var progress = progress
    let outputCount = progress.lines[0].count - progress.arrival.promptTokenCount + 1
    if outputCount == progress.outputTokenCount {
      owed[id] = nil
      return BeamResult(sequenceID: id, parents: [])
    }
    let count =
      random.below(6) == 0 ? random.below(progress.arrival.beamWidth) + 1 : progress.arrival.beamWidth
    let parents = (0..<count).map { _ in random.below(progress.lines.count) }
    progress.lines = parents.map { parent in
      var line = progress.lines[parent]
      appendTag(Int32(random.below(alphabetSize)), to: &line)
      return line
    }
    owed[id] = progress
    return BeamResult(sequenceID: id, parents: parents)
  }
}
