extension Scheduler {
  /// What a waiting sequence would be admitted with.
  private enum Fit {
    /// Tokens in this step, and blocks that it is promised.
    case fits(tokenCount: Int, newBlockCount: Int)
    /// Too many run, or the step has too few tokens left.
    case lacksPlace
    /// It needs more blocks than are free.
    case lacksBlocks(missingCount: Int)
  }

  /// Admits waiting sequences of one kind, first come first served, until one does not fit.
  ///
  /// For urgent ones others give way. After a step's preemptions nobody is admitted who could have been preempted.
  mutating func admitWaiting(isUrgent: Bool) {
    // Else they would take what the first urgent one waits for.
    if !isUrgent, waiting[isUrgent: true].count > 0 { return }
    while budgetLeft > 0 || isUrgent, !hasPreempted(isUrgent: isUrgent) || running.slots.isEmpty,
      let slot = waiting[isUrgent: isUrgent].first(&sequences)
    {
      examinedSequenceCount += 1
      let fit = fit(of: slot)
      if case .fits(let tokenCount, let newBlockCount) = fit {
        admit(slot, tokenCount, newBlockCount)
      } else if !makeWay(for: slot, fit) {
        return
      }
    }
  }

  /// Whether this step has preempted a sequence that is no more urgent than that.
  private func hasPreempted(isUrgent: Bool) -> Bool {
    isUrgent
      ? output.preempted.contains { sequence($0)?.isUrgent == true } : !output.preempted.isEmpty
  }

  private mutating func fit(of slot: Int) -> Fit {
    let width = sequences[slot].beamWidth
    guard running.sequenceCount + width <= configuration.maxNumSeqs && budgetLeft >= width else {
      return .lacksPlace
    }
    sequences[slot].findPrefix(&blockManager, into: &prefixHit)
    guard let tokenCount = configuration.firstChunk(of: missingTokenCount(of: slot), budget: budgetLeft)
    else { return .lacksPlace }
    let (newCount, copyCount) = sequences[slot].missingBlockCounts(
      blockManager, with: prefixHit, greatestChunk: configuration.greatestChunk)
    let missingCount =
      newCount + copyCount + prefixHit.freeBlockCount + promisedBlockCount - blockManager.freeBlockCount
    return missingCount > 0
      ? .lacksBlocks(missingCount: missingCount) : .fits(tokenCount: tokenCount, newBlockCount: newCount)
  }

  /// Tokens that a waiting sequence would have to compute, with the blocks of ``prefixHit``.
  private func missingTokenCount(of slot: Int) -> Int {
    sequences[slot].missingTokenCount(
      computedTokenCount: sequences[slot].computedTokenCount + prefixHit.count * configuration.blockSize,
      blockSize: configuration.blockSize)
  }

  private mutating func admit(_ slot: Int, _ tokenCount: Int, _ newBlockCount: Int) {
    let (width, isUrgent) = (sequences[slot].beamWidth, sequences[slot].isUrgent)
    waiting[isUrgent: isUrgent].removeFirst(isHolding: sequences[slot].isHolding)
    sequences[slot].start(&blockManager, with: prefixHit, promising: newBlockCount)
    promisedBlockCount += newBlockCount
    running.add(slot, sequenceCount: width, isUrgent: isUrgent)
    if width > 1 {
      scheduleBeams(slot)
    } else {
      let hasBlocks = reserve(tokenCount, for: slot, beam: 0)
      precondition(hasBlocks, "an admitted sequence fits")
      chargedTokenCount += tokenCount
    }
  }

  // MARK: Giving way

  /// Takes something from others for the first in a queue, which does not fit; false where it has to wait.
  private mutating func makeWay(for slot: Int, _ fit: Fit) -> Bool {
    // Where nothing runs nobody will free a block: waiting forks give theirs.
    if running.slots.isEmpty {
      return releaseHolder(isUrgent: false, except: slot) || releaseHolder(isUrgent: true, except: slot)
    }
    guard sequences[slot].isUrgent, running.hasOthers, running.urgentCount == 0 || canGain(slot, fit)
    else { return false }
    if case .lacksBlocks = fit, waiting[isUrgent: false].ownsBlocks(sequences, blockManager),
      releaseHolder(isUrgent: false)
    {
      return true
    }
    preemptYoungest(besides: nil)
    return true
  }

  /// Whether an urgent sequence could be admitted if no other than urgent ones ran: else these are spared. O(running).
  private mutating func canGain(_ slot: Int, _ fit: Fit) -> Bool {
    switch fit {
    case .fits: return true
    case .lacksPlace:
      sequences[slot].findPrefix(&blockManager, into: &prefixHit)
      let budget = configuration.maxNumBatchedTokens - chargedTokenCount
      let width = sequences[slot].beamWidth
      return running.urgentSequenceCount + width <= configuration.maxNumSeqs && budget >= width
        && configuration.firstChunk(of: missingTokenCount(of: slot), budget: budget) != nil
    case .lacksBlocks(let missingCount):
      // Blocks that several hold count several times: rather one preemption too many than one too few.
      let givers = running.slots[running.urgentCount...] + waiting[isUrgent: false].holders
      var heldCount = 0
      for giver in givers {
        heldCount += sequences[giver].promisedBlockCount
        for beam in sequences[giver].beams {
          heldCount += beam.blockTable.blockIDs.count - beam.blockTable.vacatedCount
        }
      }
      return heldCount >= missingCount
    }
  }

  /// Lets a waiting fork give its blocks for a running sequence that has none left to write to; false where none can, or
  /// where others have to give theirs before.
  mutating func takeFromHolders(for slot: Int) -> Bool {
    let isAlone = running.slots.count == 1
    if isAlone || waiting[isUrgent: false].ownsBlocks(sequences, blockManager),
      releaseHolder(isUrgent: false)
    {
      return true
    }
    guard sequences[slot].isUrgent, !running.hasOthers else { return false }
    return (isAlone || waiting[isUrgent: true].ownsBlocks(sequences, blockManager))
      && releaseHolder(isUrgent: true)
  }

  /// Takes the blocks of the waiting fork that is the last of its kind to be admitted, other than `spared`; its prompt is
  /// computed again later. False when none holds any.
  private mutating func releaseHolder(isUrgent: Bool, except spared: Int? = nil) -> Bool {
    guard let slot = waiting[isUrgent: isUrgent].removeLastHolder(except: spared) else { return false }
    change(slot) { $0.stop(&$1) }
    output.preempted.append(sequences[slot].id)
    return true
  }
}
