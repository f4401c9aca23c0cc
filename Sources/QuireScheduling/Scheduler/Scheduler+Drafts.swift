/// Drafts: tokens that somebody expects a sequence to gain next, computed in one step with its last known token.
extension Scheduler {
  /// Says that the next tokens of a sequence are expected: the next step may compute up to so many drafts behind its last
  /// known token, where it is a sample that runs and has blocks and budget for them. Nothing happens for others.
  package mutating func offerDraft(of tokenCount: Int, to id: SequenceID) {
    guard let slot = sequences.slot(of: id), sequences[slot].status == .running else { return }
    sequences[slot].offerDraft(tokenCount)
    if tokenCount > 0 { hasOffers = true }
  }

  /// Tokens of the budget that drafts may take: what known tokens of running sequences leave, and half of that where
  /// others wait for it. None where an urgent one waits, or one whose prompt cannot be split. O(running).
  var greatestDraftBudget: Int {
    guard waiting[isUrgent: true].count == 0, waiting.count == 0 || configuration.enableChunkedPrefill else {
      return 0
    }
    var left = configuration.maxNumBatchedTokens
    for slot in running.slots {
      let missing = sequences[slot].tokenCount - sequences[slot].computedTokenCount
      left -= max(configuration.chunkLimited(missing), sequences[slot].beamWidth)
    }
    return max(0, waiting.count == 0 ? left : left / 2)
  }

  /// Number of drafts that a running sequence gets with its last known token: as many as were offered, if the budget and
  /// the blocks that nobody else was promised suffice.
  mutating func takeDraft(for slot: Int) -> Int {
    defer { sequences[slot].offerDraft(0) }
    let room = min(configuration.greatestChunk - 1, draftBudget, budgetLeft - 1)
    let count = min(sequences[slot].greatestDraftCount, room)
    guard count > 0 else { return 0 }
    let start = sequences[slot].computedTokenCount
    let demand = blockManager.blockDemand(
      ofWriting: start..<start + 1 + count, in: sequences[slot].beams[0].blockTable)
    guard demand + promisedBlockCount <= blockManager.freeBlockCount else { return 0 }
    draftBudget -= count
    return count
  }
}
