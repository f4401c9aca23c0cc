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

  /// Gives every running sequence its tokens, from the cursor around to the cursor, while the budget lasts.
  private mutating func scheduleRunning() {
    let start = cursor
    cursor = 0
    guard scheduleRunning(from: start, below: .max) else { return }
    _ = scheduleRunning(from: 0, below: start)
  }

  /// False when the budget ran out, with the cursor at the first sequence that got nothing.
  private mutating func scheduleRunning(from start: Int, below end: Int) -> Bool {
    var index = start
    // Preemption shortens the list from its end.
    while index < min(end, running.count) {
      guard budgetLeft > 0 else {
        cursor = index
        return false
      }
      examinedSequenceCount += 1
      scheduleRunning(running[index])
      index += 1
    }
    return true
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
    let id = slots[slot].id
    if slots[slot].scheduledTokenCount > 0 {
      // Only when the step began past the first sequence can a younger one have had its turn already.
      output.scheduled.removeAll { $0.sequenceID == id }
      output.scheduledTokenCount -= slots[slot].scheduledTokenCount
      slots[slot].scheduledTokenCount = 0
      let blocks = slots[slot].blockTable.blockIDs
      output.blockCopies.removeAll { blocks.contains($0.destination) }
    }
    releaseBlocks(slot)
    slots[slot].computedTokenCount = 0
    slots[slot].status = .waiting
    waiting.prepend(slot)
    waitingCount += 1
    output.preempted.append(id)
  }
}
