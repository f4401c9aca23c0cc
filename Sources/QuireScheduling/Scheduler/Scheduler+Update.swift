extension Scheduler {
  /// Ends the step under way: its tokens count as computed, sampled sequences gain their token or finish, beams are
  /// reordered.
  ///
  /// - Parameters:
  ///   - results: one, in any order, for each sample that was drawn (`ScheduledSequence.sampleIDs`). A sequence that
  ///     reaches its output limit must be finished by its result.
  ///   - beamResults: one for each beam search whose beams all needed a sample.
  ///
  /// Results of sequences that were aborted since `schedule()` are ignored.
  package mutating func update(
    _ results: some Swift.Sequence<SampledResult>, beams beamResults: [BeamResult] = []
  ) {
    precondition(isStepUnderWay, "no step is under way")
    isStepUnderWay = false
    blockManager.confirmCachedBlocks()
    var samplesDue = countComputed()
    // Backwards, so that the forks of the first in the batch are the first in the queue.
    for entry in output.scheduled.reversed() where entry.sampleCount > 1 {
      if let parent = slot(of: entry.sequenceID) { forkSamples(of: parent) }
    }
    var (hasFinished, hasHeld) = (false, false)
    for result in results {
      guard let slot = slot(of: result.sequenceID) else { continue }
      precondition(
        slots[slot].beamWidth == 1 && slots[slot].computedTokenCount == slots[slot].tokenCount,
        "sequence \(result.sequenceID) needed no sample, or has two results")
      samplesDue -= 1
      slots[slot].outputTokenCount += 1
      if configuration.enablePrefixCaching { slots[slot].tokens.append(result.tokenID) }
      if result.isFinished {
        hasHeld = hasHeld || slots[slot].isHolding
        remove(slot)
        hasFinished = true
      } else {
        checkGoesOn(slot)
      }
    }
    for result in beamResults {
      guard let slot = slot(of: result.sequenceID) else { continue }
      precondition(
        slots[slot].beams.allSatisfy { $0.computedTokenCount == slots[slot].tokenCount },
        "beam search \(result.sequenceID) needed no sample, or has two results")
      samplesDue -= slots[slot].beams.count
      if result.isFinished {
        remove(slot)
        hasFinished = true
      } else {
        precondition(
          result.parents.count <= slots[slot].beamWidth, "beam search \(result.sequenceID) grows too wide")
        reorderBeams(slot, parents: result.parents)
        checkGoesOn(slot)
      }
    }
    precondition(samplesDue == 0, "\(samplesDue) samples have no result")
    if hasFinished { compactRunning() }
    if hasHeld { compactHolders() }
  }

  /// Counts the step's tokens as computed, and returns the number of samples that were drawn.
  private mutating func countComputed() -> Int {
    var samplesDue = 0
    for entry in output.scheduled {
      guard let slot = slot(of: entry.sequenceID) else { continue }
      slots[slot].beams[entry.beam].computedTokenCount += entry.tokenCount
      slots[slot].beams[entry.beam].scheduledTokenCount = 0
      vacateBlocks(slot, beam: entry.beam)
      samplesDue += entry.sampleCount
    }
    return samplesDue
  }

  private func checkGoesOn(_ slot: Int) {
    precondition(
      slots[slot].outputTokenCount < slots[slot].outputTokenLimit,
      "sequence \(slots[slot].id) goes on past its limit")
  }
}
