/// Names a request within one scheduler; the caller chooses it and keeps it unique.
package typealias RequestID = UInt64

/// Names a sequence within one scheduler, which numbers them from 0 in the order of their arrival. The samples of a
/// request have consecutive numbers.
package typealias SequenceID = UInt64

/// The blocks of one line of tokens and how far they are filled: a sample has one, a beam search one for each beam.
package struct BeamState: Sendable, Equatable {
  /// The cache blocks.
  package fileprivate(set) var blockTable = BlockTable()
  /// Number of leading tokens whose keys and values are in the cache.
  package fileprivate(set) var computedTokenCount = 0
  /// The tokens up to the end of the last full block, as the prefix cache names them.
  fileprivate var prefix = PrefixID.root
  /// Number of tokens that the step under way computes, drafts included.
  fileprivate(set) var scheduledTokenCount = 0
  /// How many of them are drafts; after the step, how many of those have not become known tokens.
  fileprivate(set) var draftTokenCount = 0
  /// Where the step's drafts begin; nil where it has none.
  fileprivate var draftStart: Int?

  /// The same tokens in blocks that both own.
  fileprivate func forked(_ blocks: inout BlockManager) -> BeamState {
    BeamState(
      blockTable: blocks.fork(blockTable), computedTokenCount: computedTokenCount, prefix: prefix)
  }
}

/// What the scheduler knows of one sequence, a sample or a beam search: lengths, blocks, and token ids as far as the
/// prefix cache needs them.
package struct SequenceState: Sendable, Equatable {
  /// The sequence's name.
  package let id: SequenceID
  /// The request that owns it.
  package let requestID: RequestID
  /// Number of prompt tokens, at least 1.
  package let promptTokenCount: Int
  /// Greatest number of output tokens, at least 1.
  package let outputTokenLimit: Int
  /// Greatest number of beams; 1 for a sample.
  package let beamWidth: Int
  /// Whether it goes before all that are not.
  package let isUrgent: Bool
  /// How many of its leading tokens may come from blocks that others have computed.
  let prefixTokenLimit: Int
  /// Whether it may go back to its prompt's end, or to any place behind it.
  let turnsBack: Bool
  /// Number of samples that are to be drawn from the prompt's logits, this one included; 1 once they are forked.
  package private(set) var sampleCount: Int
  /// Number of beams that go on: 1 before the first token, then at most `beamWidth`.
  package private(set) var beamCount = 1
  /// Number of output tokens so far, the same in all beams; a preemption keeps them.
  package private(set) var outputTokenCount = 0
  /// Where the sequence stands.
  package private(set) var status = Status.waiting
  /// What is in the cache; empty while the sequence waits without blocks. A beam search begins with one entry, and
  /// has `beamCount` of them once their common beginning is computed.
  package private(set) var beams: [BeamState] = []
  /// Number of blocks that the admission promised and the chunks so far have not taken.
  private(set) var promisedBlockCount = 0
  /// The known token ids; empty without a prefix cache.
  private(set) var tokens: SequenceTokens
  /// Number of tokens that it was admitted with and did not compute, until the batch tells.
  private var prefixHitTokenCount = 0
  /// Number of tokens that somebody expects it to gain next, and that the next step may compute with its last one.
  private(set) var offeredDraftCount = 0

  /// A sequence that waits.
  ///
  /// - Parameters:
  ///   - sampleCount: samples that part after the prompt.
  ///   - tokens: those of the prompt, none without a prefix cache.
  init(
    id: SequenceID, requestID: RequestID, promptTokenCount: Int, outputTokenLimit: Int, beamWidth: Int,
    sampleCount: Int, isUrgent: Bool, prefixTokenLimit: Int, turnsBack: Bool = false, tokens: SequenceTokens
  ) {
    self.id = id
    self.requestID = requestID
    self.promptTokenCount = promptTokenCount
    self.outputTokenLimit = outputTokenLimit
    self.beamWidth = beamWidth
    self.sampleCount = sampleCount
    self.isUrgent = isUrgent
    self.prefixTokenLimit = prefixTokenLimit
    self.turnsBack = turnsBack
    self.tokens = tokens
  }

  /// Goes on from output that an earlier scheduler gave it; called once, before it waits.
  mutating func resume(from earlier: ResumedSequence, keepsTokens: Bool) {
    precondition(earlier.outputTokenCount < outputTokenLimit, "sequence \(id) has reached its limit before")
    precondition((1...beamWidth).contains(earlier.beamCount), "beam search \(id) was too wide before")
    sampleCount = 1
    beamCount = earlier.beamCount
    outputTokenCount = earlier.outputTokenCount
    guard keepsTokens else { return }
    for token in earlier.outputTokenIDs { tokens.append(token) }
  }

  /// Number of tokens that are known, prompt and output: what each beam's computed tokens move towards.
  package var tokenCount: Int { promptTokenCount + outputTokenCount }

  /// Number of computed tokens of the sample, or of the first beam.
  package var computedTokenCount: Int { beams.first?.computedTokenCount ?? 0 }

  /// Whether it waits, but keeps the blocks of the prompt that it was forked from.
  var isHolding: Bool { status == .waiting && !beams.isEmpty }

  // MARK: Waiting, running, gone

  /// Finds the cached blocks that it can begin with.
  ///
  /// They never cover the last known token, whose logits only a batch gives, nor what the request wants in a batch. A fork
  /// that still holds its prompt's blocks finds none.
  mutating func findPrefix(_ blocks: inout BlockManager, into hit: inout PrefixHit) {
    guard prefixTokenLimit > 0 && beams.isEmpty else { return hit.removeAll() }
    blocks.findPrefix(of: &tokens, tokenCount: min(tokenCount - 1, prefixTokenLimit), into: &hit)
  }

  /// Runs from now on, its first table over the blocks of `hit` unless it holds one.
  mutating func start(
    _ blocks: inout BlockManager, with hit: PrefixHit, promising promisedBlockCount: Int
  ) {
    if beams.isEmpty {
      let tokenCount = hit.count * blocks.blockSize
      beams = [
        BeamState(blockTable: blocks.share(hit), computedTokenCount: tokenCount, prefix: hit.prefix)
      ]
      prefixHitTokenCount = tokenCount
    }
    status = .running
    self.promisedBlockCount = promisedBlockCount
  }

  /// Frees its blocks and what it was promised; its output is kept. It waits from now on.
  mutating func stop(_ blocks: inout BlockManager) {
    for beam in beams.indices { blocks.free(&beams[beam].blockTable) }
    beams = []
    promisedBlockCount = 0
    offeredDraftCount = 0
    status = .waiting
  }

  /// Ends the sequence.
  mutating func end(_ blocks: inout BlockManager) {
    precondition(status != .removed, "sequence \(id) is removed twice")
    stop(&blocks)
    tokens = SequenceTokens(prompt: [])
    status = .removed
  }

  // MARK: Steps

  /// Notes how many of its next tokens are expected; of a sample that runs.
  mutating func offerDraft(_ tokenCount: Int) { offeredDraftCount = tokenCount }

  /// Number of tokens that may be drafted in the next step, as far as the sequence itself is concerned: none but behind
  /// its last known token, and none beyond its limit.
  var greatestDraftCount: Int {
    guard beamWidth == 1, sampleCount == 1, !turnsBack, computedTokenCount == tokenCount - 1 else { return 0 }
    return min(offeredDraftCount, outputTokenLimit - outputTokenCount - 1)
  }

  /// Takes blocks for the next tokens of a beam, and returns its share of the batch; nil, with nothing changed, when there
  /// are no blocks for them.
  ///
  /// - Parameter draftTokenCount: how many drafts follow the known tokens.
  mutating func schedule(
    _ knownTokenCount: Int, draftTokenCount: Int, beam: Int, _ blocks: inout BlockManager,
    copies: inout [BlockCopy]
  ) -> ScheduledSequence? {
    let start = beams[beam].computedTokenCount
    let tokenCount = knownTokenCount + draftTokenCount
    let presentRowCount = beams[beam].blockTable.count
    guard blocks.prepareWrite(start..<start + tokenCount, in: &beams[beam].blockTable, copies: &copies) else {
      return nil
    }
    let newRowCount = beams[beam].blockTable.count - presentRowCount
    promisedBlockCount -= min(newRowCount * blocks.groups.count, promisedBlockCount)
    beams[beam].scheduledTokenCount = tokenCount
    beams[beam].draftTokenCount = draftTokenCount
    beams[beam].draftStart = draftTokenCount > 0 ? start + knownTokenCount : nil
    // Drafts are no known tokens, so that no block that holds one is cached here.
    cacheBlocks(filledBy: start..<start + tokenCount, beam, &blocks)
    defer { prefixHitTokenCount = 0 }
    return ScheduledSequence(
      sequenceID: id, requestID: requestID, beam: beam, blockTable: beams[beam].blockTable,
      newRowCount: newRowCount, computedTokenCount: start, tokenCount: tokenCount,
      draftTokenCount: draftTokenCount, promptTokenCount: promptTokenCount,
      sampleCount: start + knownTokenCount == self.tokenCount ? sampleCount : 0,
      prefixHitTokenCount: prefixHitTokenCount)
  }

  /// Caches the blocks that the tokens at some places fill, as far as they are known. Those after a beam search's prompt
  /// are not known here, so its beams' own blocks are left out.
  private mutating func cacheBlocks(filledBy places: Range<Int>, _ beam: Int, _ blocks: inout BlockManager) {
    let first = places.lowerBound / blocks.blockSize
    let last = min(places.upperBound, tokens.count) / blocks.blockSize
    guard first < last else { return }
    blocks.cacheRows(
      first..<last, of: beams[beam].blockTable, holding: &tokens, after: &beams[beam].prefix)
  }

  /// Counts the step's tokens of a beam as computed, and gives up the blocks that no layer sees any more.
  ///
  /// Who still computes a prompt was promised the blocks that it holds at a time: those that become free here are promised
  /// to it again, as far as it has tokens left to fill them.
  ///
  /// Drafts do not count: see `confirmDraft` and `settleDrafts`.
  mutating func countComputed(beam: Int, _ blocks: inout BlockManager) {
    beams[beam].computedTokenCount += beams[beam].scheduledTokenCount - beams[beam].draftTokenCount
    beams[beam].scheduledTokenCount = 0
    guard beams[beam].draftStart == nil else { return }
    let freedCount = blocks.vacate(&beams[beam].blockTable, before: firstPlaceToCome(ofBeam: beam))
    guard freedCount > 0 && (beamWidth == 1 || outputTokenCount == 0) else { return }
    let missing =
      (blocks.rowCount(forTokenCount: tokenCount) - beams[beam].blockTable.count) * blocks.groups.count
    promisedBlockCount += min(freedCount, missing - promisedBlockCount)
  }

  /// The first place at which a token of a beam may still be computed.
  func firstPlaceToCome(ofBeam beam: Int) -> Int {
    let end = beams[beam].computedTokenCount
    return turnsBack ? min(end, promptTokenCount) : end
  }

  /// Goes back to the first output tokens, and on from there with others, whose ids are not known here.
  ///
  /// Blocks of output are never cached: what they hold is written over.
  mutating func turn(toOutputTokenCount kept: Int, adding count: Int, _ blocks: inout BlockManager) {
    precondition(
      turnsBack && (0...outputTokenCount).contains(kept) && count > 0, "sequence \(id) cannot turn so")
    outputTokenCount = kept
    beams[0].computedTokenCount = tokenCount
    blocks.trim(&beams[0].blockTable, toTokenCount: tokenCount)
    outputTokenCount += count
  }

  /// Counts the draft behind the computed tokens as one of them, since the sequence has gained that very token.
  mutating func confirmDraft() {
    precondition(beams[0].draftTokenCount > 0, "sequence \(id) has more results than drafts")
    beams[0].draftTokenCount -= 1
    beams[0].computedTokenCount += 1
  }

  /// Ends a step with drafts: caches the blocks that right ones have filled, and gives up those that only wrong ones
  /// needed, besides those that no layer sees any more. Nothing happens where there were none.
  mutating func settleDrafts(_ blocks: inout BlockManager) {
    guard let start = beams[0].draftStart else { return }
    beams[0].draftStart = nil
    beams[0].draftTokenCount = 0
    let end = beams[0].computedTokenCount
    cacheBlocks(filledBy: start..<end, 0, &blocks)
    // They are computed.
    blocks.confirmCachedBlocks()
    blocks.trim(&beams[0].blockTable, toTokenCount: end)
    _ = blocks.vacate(&beams[0].blockTable, before: end)
  }

  /// Gains an output token, whose id is needed only for a prefix cache.
  mutating func append(_ tokenID: Int32?) {
    outputTokenCount += 1
    if let tokenID { tokens.append(tokenID) }
  }

  // MARK: Forks and beams

  /// The other samples of its request, now that their common prompt is computed: each waits, and holds its blocks.
  mutating func forkSamples(_ blocks: inout BlockManager) -> [SequenceState] {
    let count = sampleCount
    sampleCount = 1
    return (1..<count).map { index in
      var fork = SequenceState(
        id: id + SequenceID(index), requestID: requestID, promptTokenCount: promptTokenCount,
        outputTokenLimit: outputTokenLimit, beamWidth: 1, sampleCount: 1, isUrgent: isUrgent,
        prefixTokenLimit: prefixTokenLimit, tokens: tokens)
      fork.beams = [beams[0].forked(&blocks)]
      return fork
    }
  }

  /// Forks the tables of beams that were preempted, once the beginning that they share is computed.
  mutating func spreadBeams(_ blocks: inout BlockManager) {
    guard !isSpread, computedTokenCount == sharedTokenCount(blockSize: blocks.blockSize) else { return }
    while !isSpread { beams.append(beams[0].forked(&blocks)) }
  }

  /// Reorders the beams: beam i goes on from what was beam `parents[i]`, with one token more.
  mutating func reorderBeams(_ blocks: inout BlockManager, parents: [Int]) {
    precondition(parents.count <= beamWidth, "beam search \(id) grows too wide")
    let old = beams
    beams = parents.map { old[$0].forked(&blocks) }
    for var beam in old { blocks.free(&beam.blockTable) }
    beamCount = parents.count
    append(nil)
  }
}
