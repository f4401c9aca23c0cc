extension Scheduler {
  /// Number of leading tokens whose blocks all beams share when they are computed again: the prompt's full blocks.
  private func sharedTokenCount(_ slot: Int) -> Int {
    slots[slot].promptTokenCount / configuration.blockSize * configuration.blockSize
  }

  /// Whether all beams have their tables: not while the beginning that they share is computed.
  private func isSpread(_ slot: Int) -> Bool { slots[slot].beams.count == slots[slot].beamCount }

  /// Number of tokens to compute until all beams have logits, at least the number of beams that will then go on.
  ///
  /// Beams that were preempted compute their shared beginning once, then their own tokens up to the last but one; the
  /// last ones come together, since beams are compared with each other.
  ///
  /// - Parameter computedTokenCount: how many tokens of the shared beginning are computed.
  func missingBeamTokenCount(_ slot: Int, computedTokenCount: Int) -> Int {
    let state = slots[slot]
    if state.outputTokenCount == 0 { return state.promptTokenCount - computedTokenCount }
    let end = state.tokenCount - 1
    let missing: Int
    if !state.beams.isEmpty && isSpread(slot) {
      missing = state.beams.reduce(0) { $0 + end - $1.computedTokenCount }
    } else {
      let shared = sharedTokenCount(slot)
      missing = shared - computedTokenCount + state.beamCount * (end - shared)
    }
    return max(missing, state.beamCount)
  }

  /// Number of blocks for all known tokens of a beam search.
  func missingBeamBlockCount(_ slot: Int) -> Int {
    let state = slots[slot]
    let whole = blockManager.blockCount(forTokenCount: state.tokenCount)
    if state.outputTokenCount == 0 { return whole }
    let shared = sharedTokenCount(slot) / configuration.blockSize
    return shared + state.beamCount * (whole - shared)
  }

  /// Puts a beam search's next tokens into the batch: all its beams, or it is preempted as a whole.
  ///
  /// It is charged for at least `beamWidth` tokens in every step, so that its beams find their budget when they part.
  mutating func scheduleBeams(_ slot: Int) {
    spreadBeams(slot)
    let missing = missingBeamTokenCount(slot, computedTokenCount: slots[slot].computedTokenCount)
    let share = min(chunkLimited(missing), budgetLeft)
    let charge = max(share, slots[slot].beamWidth)
    precondition(charge <= budgetLeft, "the budget reaches every running sequence")
    let start = output.position
    var left = charge
    let end = nextEnd(slot)
    for beam in slots[slot].beams.indices where left > 0 {
      let tokenCount = min(end - slots[slot].beams[beam].computedTokenCount, left)
      guard tokenCount > 0 else { continue }
      guard reserveOrPreempt(tokenCount, for: slot, beam: beam) else { return output.rewind(to: start) }
      left -= tokenCount
    }
    chargedTokenCount += charge
  }

  /// Forks the tables of beams that were preempted, once the beginning that they share is computed.
  private mutating func spreadBeams(_ slot: Int) {
    let shared = sharedTokenCount(slot)
    guard !isSpread(slot), slots[slot].computedTokenCount == shared else { return }
    while !isSpread(slot) {
      let fork = BeamState(
        blockTable: blockManager.fork(slots[slot].beams[0].blockTable), computedTokenCount: shared,
        prefix: slots[slot].beams[0].prefix)
      slots[slot].beams.append(fork)
    }
  }

  /// Up to which token the beams may be computed now.
  private func nextEnd(_ slot: Int) -> Int {
    let state = slots[slot]
    if state.outputTokenCount == 0 { return state.promptTokenCount }
    if !isSpread(slot) { return sharedTokenCount(slot) }
    // The last ones come together, in a step of their own.
    let end = state.tokenCount - 1
    return state.beams.allSatisfy { $0.computedTokenCount == end } ? end + 1 : end
  }

  /// Reorders the beams: beam i goes on from what was beam `parents[i]`, with one token more.
  mutating func reorderBeams(_ slot: Int, parents: [Int]) {
    let old = slots[slot].beams
    slots[slot].beams = parents.map { parent in
      BeamState(
        blockTable: blockManager.fork(old[parent].blockTable),
        computedTokenCount: old[parent].computedTokenCount, prefix: old[parent].prefix)
    }
    for var beam in old { blockManager.free(&beam.blockTable) }
    slots[slot].beamCount = parents.count
    slots[slot].outputTokenCount += 1
  }
}
