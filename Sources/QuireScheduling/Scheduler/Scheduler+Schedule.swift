extension Scheduler {
  /// Chooses the tokens of the next step; `update(_:)` must follow unless the step is empty.
  ///
  /// The step is empty only when no sequence is unfinished.
  package mutating func schedule() -> SchedulerOutput {
    precondition(!isStepUnderWay, "update(_:) is due")
    output.removeAll()
    examinedSequenceCount = 0
    scheduleRunning()
    admitWaiting()
    isStepUnderWay = !output.isEmpty
    return output
  }

  private var budgetLeft: Int { configuration.maxNumBatchedTokens - output.scheduledTokenCount }

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
    let tokenCount = min(chunkLimited(slots[slot].tokenCount - slots[slot].computedTokenCount), budgetLeft)
    while !reserve(tokenCount, for: slot) {
      let victim = running.removeLast()
      preempt(victim)
      if victim == slot { return }
    }
  }

  /// Admits waiting sequences, first come first served, until one does not fit.
  private mutating func admitWaiting() {
    guard output.preempted.isEmpty else { return }
    while budgetLeft > 0 && running.count < configuration.maxNumSeqs, let slot = nextWaiting() {
      examinedSequenceCount += 1
      let target = slots[slot].tokenCount
      guard let tokenCount = firstChunk(of: target) else { return }
      let neededBlockCount = blockManager.blockCount(forTokenCount: target)
      guard neededBlockCount + promisedBlockCount <= blockManager.freeBlockCount else { return }
      _ = waiting.popFirst()
      waitingCount -= 1
      running.append(slot)
      slots[slot].status = .running
      slots[slot].promisedBlockCount = neededBlockCount
      promisedBlockCount += neededBlockCount
      let hasBlocks = reserve(tokenCount, for: slot)
      precondition(hasBlocks, "an admitted sequence fits")
    }
  }

  /// Number of tokens with which a sequence of `target` tokens starts; nil when it must wait for a later step.
  private func firstChunk(of target: Int) -> Int? {
    if configuration.enableChunkedPrefill { return min(chunkLimited(target), budgetLeft) }
    if target <= budgetLeft { return target }
    // Output that a preemption kept can make a sequence longer than any step: splitting it is the only way on.
    return target > configuration.maxNumBatchedTokens ? budgetLeft : nil
  }

  private func chunkLimited(_ tokenCount: Int) -> Int {
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
  private mutating func reserve(_ tokenCount: Int, for slot: Int) -> Bool {
    let start = slots[slot].computedTokenCount
    let presentBlockCount = slots[slot].blockTable.count
    guard
      blockManager.prepareWrite(
        start..<start + tokenCount, in: &slots[slot].blockTable, copies: &output.blockCopies)
    else { return false }
    let firstNewBlock = output.newBlockIDs.count
    output.newBlockIDs.append(contentsOf: slots[slot].blockTable.blockIDs[presentBlockCount...])
    let newBlocks = firstNewBlock..<output.newBlockIDs.count
    let fulfilled = min(newBlocks.count, slots[slot].promisedBlockCount)
    slots[slot].promisedBlockCount -= fulfilled
    promisedBlockCount -= fulfilled
    slots[slot].scheduledTokenCount = tokenCount
    output.scheduledTokenCount += tokenCount
    output.scheduled.append(
      ScheduledSequence(
        sequenceID: slots[slot].id, requestID: slots[slot].requestID, computedTokenCount: start,
        tokenCount: tokenCount, promptTokenCount: slots[slot].promptTokenCount,
        needsSample: start + tokenCount == slots[slot].tokenCount, newBlocks: newBlocks))
    return true
  }

  /// Takes a sequence off the cache and puts it at the front of the waiting queue, its output kept.
  private mutating func preempt(_ slot: Int) {
    releaseBlocks(slot)
    slots[slot].computedTokenCount = 0
    slots[slot].status = .waiting
    waiting.prepend(slot)
    waitingCount += 1
    output.preempted.append(slots[slot].id)
  }
}
