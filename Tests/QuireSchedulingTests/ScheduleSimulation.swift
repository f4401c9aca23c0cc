import QuireTestSupport
import Testing

@testable import QuireScheduling

/// One random engine life: arrivals over time, samples and beams, aborts, finishes before the limit.
///
/// Plays the model with a cache that holds a tag for each position, so that every table can be read back: a wrong
/// copy, a write into a shared block or a block reused too early shows as a wrong tag.
struct ScheduleSimulation {
  /// What happened, to tell whether the cases were worth something.
  struct Counts {
    var steps = 0
    var preemptions = 0
    var beamPreemptions = 0
    /// Waiting forks that lost their prompt's blocks.
    var releases = 0
    var forks = 0
    var copies = 0

    static func += (sum: inout Counts, other: Counts) {
      sum.steps += other.steps
      sum.preemptions += other.preemptions
      sum.beamPreemptions += other.beamPreemptions
      sum.releases += other.releases
      sum.forks += other.forks
      sum.copies += other.copies
    }
  }

  private struct Arrival {
    var promptTokenCount: Int
    var outputTokenLimit: Int
    var sampleCount: Int
    var beamWidth: Int
  }

  private struct Progress {
    let arrival: Arrival
    /// The tags of prompt and output, of the sample or of each beam.
    var lines: [[Int]]
    /// Number of output tokens after which the sequence says that it is finished.
    let outputTokenCount: Int
    /// Whether it has not run since it was forked.
    var isFresh = false
  }

  private(set) var counts = Counts()
  private var scheduler: Scheduler
  private var arrivals: [Arrival]
  private var nextArrival = 0
  private var owed: [SequenceID: Progress] = [:]
  /// `[block][slot]`: the tag that was written last; 0 for none.
  private var cache: [[Int]]
  private var nextTag = 1

  init(_ random: inout TestRandom) throws {
    let isChunked = random.below(3) > 0
    let blockSize = random.below(4) + 1
    let configuration = SchedulerConfiguration(
      maxNumSeqs: random.below(8) + 1, maxNumBatchedTokens: random.below(16) + 1, blockSize: blockSize,
      blockCount: (24 + random.below(24)) / blockSize, enableChunkedPrefill: isChunked,
      longPrefillTokenThreshold: isChunked && random.below(2) == 0 ? random.below(6) + 1 : nil)
    scheduler = try Scheduler(configuration)
    cache = Array(repeating: Array(repeating: 0, count: blockSize), count: configuration.blockCount)
    arrivals = (0..<random.below(10) + 1).map { _ in
      let kind = random.below(4)
      return Arrival(
        promptTokenCount: random.below(14) + 1, outputTokenLimit: random.below(12) + 1,
        sampleCount: kind == 0 ? random.below(6) + 1 : 1, beamWidth: kind == 1 ? random.below(4) + 1 : 1)
    }
  }

  mutating func run(_ random: inout TestRandom) throws {
    while nextArrival < arrivals.count || scheduler.hasUnfinishedSequences {
      try arrive(&random)
      if random.below(12) == 0 { abortOne(&random) }
      let output = scheduler.schedule()
      try #require(scheduler.checkInvariants() == [])
      try #require(output.isEmpty == !scheduler.hasUnfinishedSequences)
      if output.isEmpty { continue }
      count(output)
      try compute(output)
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
          requestID: RequestID(nextArrival), promptTokenCount: arrival.promptTokenCount,
          outputTokenLimit: arrival.outputTokenLimit, sampleCount: arrival.sampleCount,
          beamWidth: arrival.beamWidth)
        #expect(fits(arrival))
        owed[id] = Progress(
          arrival: arrival, lines: [makeTags(arrival.promptTokenCount)],
          outputTokenCount: outputTokenCount(arrival, &random))
      } catch {
        #expect(!fits(arrival))
      }
      nextArrival += 1
      if !scheduler.hasUnfinishedSequences && nextArrival == arrivals.count { return }
    }
  }

  private func fits(_ arrival: Arrival) -> Bool {
    let configuration = scheduler.configuration
    let blocks =
      (arrival.promptTokenCount + arrival.outputTokenLimit + configuration.blockSize - 1)
      / configuration.blockSize
    let shared = arrival.promptTokenCount / configuration.blockSize
    return shared + (blocks - shared) * arrival.beamWidth <= configuration.blockCount
      && arrival.beamWidth <= min(configuration.maxNumSeqs, configuration.maxNumBatchedTokens)
      && (configuration.enableChunkedPrefill
        || arrival.promptTokenCount <= configuration.maxNumBatchedTokens)
  }

  private func outputTokenCount(_ arrival: Arrival, _ random: inout TestRandom) -> Int {
    random.below(3) == 0 ? random.below(arrival.outputTokenLimit) + 1 : arrival.outputTokenLimit
  }

  private mutating func makeTags(_ count: Int) -> [Int] {
    defer { nextTag += count }
    return Array(nextTag..<nextTag + count)
  }

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
    }
  }

  /// Copies blocks, writes the batch's tags, and reads every table of the batch back.
  private mutating func compute(_ output: SchedulerOutput) throws {
    let blockSize = scheduler.configuration.blockSize
    for copy in output.blockCopies { cache[Int(copy.destination)] = cache[Int(copy.source)] }
    var written: Set<Int32> = []
    for entry in output.scheduled {
      let table = scheduler.blockTable(of: entry.sequenceID, beam: entry.beam).blockIDs
      let line = owed[entry.sequenceID]!.lines[entry.beam]
      for position in entry.computedTokenCount..<entry.computedTokenCount + entry.tokenCount {
        cache[Int(table[position / blockSize])][position % blockSize] = line[position]
        written.insert(table[position / blockSize])
      }
    }
    let copied = output.blockCopies.map(\.destination)
    try #require(Set(copied).count == copied.count && written.isSuperset(of: copied), "each copy is needed")
    for entry in output.scheduled {
      let progress = owed[entry.sequenceID]!
      let end = entry.computedTokenCount + entry.tokenCount
      let table = scheduler.blockTable(of: entry.sequenceID, beam: entry.beam).blockIDs
      let found = (0..<end).map { cache[Int(table[$0 / blockSize])][$0 % blockSize] }
      try #require(found == Array(progress.lines[entry.beam][..<end]))
      try #require(entry.needsSample == (end == progress.lines[entry.beam].count))
      owed[entry.sequenceID]!.isFresh = false
    }
    for id in Set(output.scheduled.filter(\.needsSample).map(\.sequenceID)) {
      let beams = output.scheduled.filter { $0.sequenceID == id && $0.needsSample }.map(\.beam)
      try #require(beams == Array(owed[id]!.lines.indices), "beams are sampled together")
    }
  }

  private mutating func update(_ output: SchedulerOutput, _ random: inout TestRandom) {
    var results: [SampledResult] = []
    var beamResults: [BeamResult] = []
    for entry in output.scheduled where entry.needsSample && entry.beam == 0 {
      guard let progress = owed[entry.sequenceID] else {
        // Aborted since: its result must be without effect.
        results += entry.sampleIDs.map { SampledResult(sequenceID: $0, isFinished: false) }
        continue
      }
      if progress.arrival.beamWidth > 1 {
        beamResults.append(reorder(entry.sequenceID, progress, &random))
      } else {
        results += entry.sampleIDs.map { draw($0, of: entry, progress, &random) }
      }
    }
    scheduler.update(results, beams: beamResults)
  }

  private mutating func draw(
    _ id: SequenceID, of entry: ScheduledSequence, _ parent: Progress, _ random: inout TestRandom
  ) -> SampledResult {
    var progress = parent
    if id != entry.sequenceID {
      progress = Progress(
        arrival: parent.arrival, lines: parent.lines,
        outputTokenCount: outputTokenCount(parent.arrival, &random), isFresh: true)
      counts.forks += 1
    }
    progress.lines[0] += makeTags(1)
    let isFinished =
      progress.lines[0].count == progress.arrival.promptTokenCount + progress.outputTokenCount
    owed[id] = isFinished ? nil : progress
    return SampledResult(sequenceID: id, isFinished: isFinished)
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
    progress.lines = parents.map { progress.lines[$0] + makeTags(1) }
    owed[id] = progress
    return BeamResult(sequenceID: id, parents: parents)
  }
}
