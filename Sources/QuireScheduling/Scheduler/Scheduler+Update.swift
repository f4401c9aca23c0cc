extension Scheduler {
  /// Ends the step under way: its tokens count as computed, and sampled sequences gain their token or finish.
  ///
  /// `results` has one entry, in any order, for each scheduled sequence that needed a sample; entries of
  /// sequences that were aborted since `schedule()` are ignored. A sequence that reaches its output limit must
  /// be finished by its result.
  package mutating func update(_ results: some Swift.Sequence<SampledResult>) {
    precondition(isStepUnderWay, "no step is under way")
    isStepUnderWay = false
    var samplesDue = 0
    for entry in output.scheduled {
      guard let slot = slot(of: entry.sequenceID) else { continue }
      slots[slot].computedTokenCount += entry.tokenCount
      slots[slot].scheduledTokenCount = 0
      if entry.needsSample { samplesDue += 1 }
    }
    var hasFinished = false
    for result in results {
      guard let slot = slot(of: result.sequenceID) else { continue }
      precondition(
        slots[slot].computedTokenCount == slots[slot].tokenCount,
        "sequence \(result.sequenceID) needed no sample, or has two results")
      samplesDue -= 1
      slots[slot].outputTokenCount += result.appendedTokenCount
      if result.isFinished {
        remove(slot)
        hasFinished = true
      } else {
        precondition(
          slots[slot].outputTokenCount < slots[slot].outputTokenLimit,
          "sequence \(result.sequenceID) goes on past its limit")
      }
    }
    precondition(samplesDue == 0, "\(samplesDue) sequences have no result")
    if hasFinished { compactRunning() }
  }
}
