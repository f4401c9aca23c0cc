import DequeModule

extension Scheduler {
  /// Chooses the tokens of the next step; `update(_:beams:)` must follow unless the step is empty.
  ///
  /// The step is empty only when no sequence is unfinished.
  package mutating func schedule() -> SchedulerOutput {
    precondition(!isStepUnderWay, "update(_:beams:) is due")
    output.removeAll()
    chargedTokenCount = 0
    examinedSequenceCount = 0
    scheduleRunning()
    admitWaiting()
    isStepUnderWay = !output.isEmpty
    return output
  }

  var budgetLeft: Int { configuration.maxNumBatchedTokens - chargedTokenCount }

  /// Gives every running sequence its tokens, in order of admission.
  ///
  /// The budget reaches all of them. Sequences are admitted only into budget that the running ones leave, so that
  /// at most the last one gets less than it asks for, and from step to step no other asks for more than before.
  private mutating func scheduleRunning() {
    var index = 0
    // Preemption shortens the list from its end.
    while index < running.count && budgetLeft > 0 {
      examinedSequenceCount += 1
      scheduleRunning(running[index])
      index += 1
    }
  }

  private mutating func scheduleRunning(_ slot: Int) {
    if slots[slot].beamWidth > 1 { return scheduleBeams(slot) }
    let tokenCount = min(chunkLimited(slots[slot].tokenCount - slots[slot].computedTokenCount), budgetLeft)
    if reserveOrPreempt(tokenCount, for: slot, beam: 0) { chargedTokenCount += tokenCount }
  }

  /// Puts tokens into the batch, at the cost of waiting forks and younger sequences where blocks are short; false when
  /// the sequence itself was the youngest, and is preempted now.
  mutating func reserveOrPreempt(_ tokenCount: Int, for slot: Int, beam: Int) -> Bool {
    while !reserve(tokenCount, for: slot, beam: beam) {
      if (running.count == 1 || holdersOwnBlocks) && releaseHolder() { continue }
      let victim = running.removeLast()
      preempt(victim)
      if victim == slot { return false }
    }
    return true
  }

  /// Admits waiting sequences, first come first served, until one does not fit.
  private mutating func admitWaiting() {
    while budgetLeft > 0 && (output.preempted.isEmpty || running.isEmpty), let slot = nextWaiting() {
      examinedSequenceCount += 1
      let width = slots[slot].beamWidth
      guard seatCount + width <= configuration.maxNumSeqs && budgetLeft >= width else { return }
      findPrefix(slot)
      guard let tokenCount = firstChunk(of: missingTokenCount(slot)) else { return }
      let (newCount, copyCount) = missingBlockCounts(slot)
      let demand = newCount + copyCount + prefixHit.freeBlockCount
      guard demand + promisedBlockCount <= blockManager.freeBlockCount else {
        // Where nothing runs nobody will free a block: waiting forks give theirs.
        if running.isEmpty && releaseHolder(except: slot) { continue }
        return
      }
      _ = waiting.popFirst()
      waitingCount -= 1
      admit(slot, promising: newCount)
      if width > 1 {
        scheduleBeams(slot)
      } else {
        let hasBlocks = reserve(tokenCount, for: slot, beam: 0)
        precondition(hasBlocks, "an admitted sequence fits")
        chargedTokenCount += tokenCount
      }
    }
  }

  private mutating func admit(_ slot: Int, promising blockCount: Int) {
    if slots[slot].isHolding { stopHolding(slot) } else { beginWithPrefix(slot) }
    running.append(slot)
    seatCount += slots[slot].beamWidth
    slots[slot].status = .running
    slots[slot].promisedBlockCount = blockCount
    promisedBlockCount += blockCount
  }

  /// Number of tokens that a waiting sequence computes before its next sample, over all beams.
  private func missingTokenCount(_ slot: Int) -> Int {
    let computed = slots[slot].computedTokenCount + prefixHitTokenCount
    return slots[slot].beamWidth > 1
      ? missingBeamTokenCount(slot, computedTokenCount: computed) : slots[slot].tokenCount - computed
  }

  /// Number of blocks that a waiting sequence needs for all its known tokens: new ones that it will hold at a time, and
  /// ones for copies. Cached ones are neither.
  private func missingBlockCounts(_ slot: Int) -> (new: Int, copies: Int) {
    if slots[slot].beamWidth > 1 { return (missingBeamBlockCount(slot) - prefixHit.blocks.count, 0) }
    let target = slots[slot].tokenCount
    guard let held = slots[slot].beams.first else {
      let missing = blockManager.blockCount(forTokenCount: target) - prefixHit.blocks.count
      let mostHeld = blockManager.greatestHeldBlockCount(tokenCount: target, chunk: greatestChunk)
      return (min(missing, mostHeld - (prefixHit.blocks.count - prefixHit.vacatedCount)), 0)
    }
    let new = blockManager.blockCount(forTokenCount: target) - held.blockTable.count
    let demand = blockManager.blockDemand(
      ofWriting: held.computedTokenCount..<target, in: held.blockTable)
    return (new, demand - new)
  }

  /// Number of tokens with which a sequence starts that misses `count` of them; nil when it must wait for a later step.
  private func firstChunk(of count: Int) -> Int? {
    if configuration.enableChunkedPrefill { return min(chunkLimited(count), budgetLeft) }
    if count <= budgetLeft { return count }
    // Output that a preemption kept can make a sequence longer than any step: splitting it is the only way on.
    return count > configuration.maxNumBatchedTokens ? budgetLeft : nil
  }

  func chunkLimited(_ tokenCount: Int) -> Int {
    min(tokenCount, configuration.longPrefillTokenThreshold ?? tokenCount)
  }

  /// The first waiting sequence, past those that were aborted while they waited.
  private mutating func nextWaiting() -> Int? {
    while let slot = waiting.first {
      if slots[slot].status == .waiting { return slot }
      _ = waiting.popFirst()
      freeSlots.append(slot)
    }
    return nil
  }

  /// Puts a sequence's next tokens into the batch; false, with nothing changed, when there are no blocks for them.
  private mutating func reserve(_ tokenCount: Int, for slot: Int, beam: Int) -> Bool {
    let start = slots[slot].beams[beam].computedTokenCount
    let presentBlockCount = slots[slot].beams[beam].blockTable.count
    guard
      blockManager.prepareWrite(
        start..<start + tokenCount, in: &slots[slot].beams[beam].blockTable, copies: &output.blockCopies)
    else { return false }
    let firstNewBlock = output.newBlockIDs.count
    output.newBlockIDs.append(
      contentsOf: slots[slot].beams[beam].blockTable.blockIDs[presentBlockCount...])
    let newBlocks = firstNewBlock..<output.newBlockIDs.count
    let fulfilled = min(newBlocks.count, slots[slot].promisedBlockCount)
    slots[slot].promisedBlockCount -= fulfilled
    promisedBlockCount -= fulfilled
    slots[slot].beams[beam].scheduledTokenCount = tokenCount
    output.scheduledTokenCount += tokenCount
    cacheFilledBlocks(slot, beam: beam)
    let state = slots[slot]
    output.scheduled.append(
      ScheduledSequence(
        sequenceID: state.id, requestID: state.requestID, beam: beam, computedTokenCount: start,
        tokenCount: tokenCount, promptTokenCount: state.promptTokenCount,
        sampleCount: start + tokenCount == state.tokenCount ? state.sampleCount : 0,
        prefixHitTokenCount: state.prefixHitTokenCount, newBlocks: newBlocks))
    slots[slot].prefixHitTokenCount = 0
    return true
  }

  /// Takes a running sequence off the cache and puts it at the front of the waiting queue, its output kept.
  private mutating func preempt(_ slot: Int) {
    releaseBlocks(slot)
    seatCount -= slots[slot].beamWidth
    slots[slot].status = .waiting
    waiting.prepend(slot)
    waitingCount += 1
    output.preempted.append(slots[slot].id)
  }
}
