import DequeModule

extension Scheduler {
  /// Brings the other samples of a request into being, as its prompt's logits are there: each waits in front of the
  /// queue, in order, and holds the prompt's blocks until it is admitted or they are needed.
  mutating func forkSamples(of parent: Int) {
    let state = slots[parent]
    slots[parent].sampleCount = 1
    sequencesByRequest[state.requestID]?.reserveCapacity(state.sampleCount)
    var children: [Int] = []
    for index in 1..<state.sampleCount {
      var child = SequenceState(
        id: state.id + SequenceID(index), requestID: state.requestID,
        promptTokenCount: state.promptTokenCount, outputTokenLimit: state.outputTokenLimit, beamWidth: 1)
      child.beams = [
        BeamState(
          blockTable: blockManager.fork(state.beams[0].blockTable),
          computedTokenCount: state.beams[0].computedTokenCount, prefix: state.beams[0].prefix)
      ]
      child.tokens = state.tokens
      child.readsPrefixCache = state.readsPrefixCache
      children.append(insert(child))
    }
    for slot in children.reversed() {
      holders.append(slot)
      waiting.prepend(slot)
    }
    waitingCount += children.count
  }

  /// Whether some block would become free if all waiting forks gave theirs: not where the samples that they were forked
  /// beside hold the same ones. O(blocks of the waiting forks).
  var holdersOwnBlocks: Bool {
    var ownerCounts: [Int32: Int] = [:]
    for slot in holders {
      for block in slots[slot].beams[0].blockTable.heldBlockIDs { ownerCounts[block, default: 0] += 1 }
    }
    return ownerCounts.contains { block, count in blockManager.referenceCount(of: block) == count }
  }

  /// Takes the blocks of the waiting fork that is the last to be admitted, other than `spared`; its prompt is computed
  /// again later. False when none holds any.
  mutating func releaseHolder(except spared: Int? = nil) -> Bool {
    guard let index = holders.firstIndex(where: { $0 != spared }) else { return false }
    let slot = holders.remove(at: index)
    releaseBlocks(slot)
    output.preempted.append(slots[slot].id)
    return true
  }

  /// Takes a fork that is being admitted off the list of those that hold blocks.
  mutating func stopHolding(_ slot: Int) {
    if holders.last == slot {
      holders.removeLast()
    } else {
      holders.removeAll { $0 == slot }
    }
  }

  /// Drops the forks that no longer wait with blocks from their list.
  mutating func compactHolders() {
    holders.removeAll { !slots[$0].isHolding }
  }
}
