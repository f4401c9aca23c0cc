/// What becomes of sequences after a step.
extension Scheduler {
  /// Ends the step under way: its tokens count as computed, sampled sequences gain their token or finish, beams are
  /// reordered.
  ///
  /// - Parameters:
  ///   - results: one, in any order, for each sample that was drawn (`ScheduledSequence.sampleIDs`), and in the order of
  ///     its tokens another for each draft of it that was right. A sequence that reaches its output limit must be
  ///     finished by its last result.
  ///   - beamResults: one for each beam search whose beams all needed a sample.
  ///   - turns: one for each sequence that turns back and whose last token was in the batch.
  ///
  /// Results of sequences that were aborted since `schedule()` are ignored.
  package mutating func update(
    _ results: [SampledResult], beams beamResults: [BeamResult] = [], turns: [TurnResult] = []
  ) {
    precondition(isStepUnderWay, "no step is under way")
    isStepUnderWay = false
    blockManager.confirmCachedBlocks()
    var samplesDue = 0
    for entry in output.scheduled {
      guard let slot = sequences.slot(of: entry.sequenceID) else { continue }
      change(slot) { $0.countComputed(beam: entry.beam, &$1) }
      samplesDue += entry.sampleCount
    }
    // Backwards, so that the forks of the first in the batch are the first in the queue.
    for entry in output.scheduled.reversed() where entry.sampleCount > 1 {
      if let parent = sequences.slot(of: entry.sequenceID) { forkSamples(of: parent) }
    }
    var gone = Gone()
    for result in results {
      guard let slot = sequences.slot(of: result.sequenceID) else { continue }
      if sequences[slot].computedTokenCount < sequences[slot].tokenCount {
        sequences[slot].confirmDraft()
      } else {
        samplesDue -= 1
      }
      precondition(
        sequences[slot].beamWidth == 1 && sequences[slot].computedTokenCount == sequences[slot].tokenCount,
        "sequence \(result.sequenceID) needed no sample, or has more results than drafts")
      sequences[slot].append(configuration.enablePrefixCaching ? result.tokenID : nil)
      if result.isFinished {
        change(slot) { $0.settleDrafts(&$1) }
        end(slot, &gone)
      } else {
        checkGoesOn(slot)
      }
    }
    if output.draftTokenCount > 0 {
      for entry in output.scheduled where entry.draftTokenCount > 0 {
        if let slot = sequences.slot(of: entry.sequenceID) { change(slot) { $0.settleDrafts(&$1) } }
      }
    }
    for result in beamResults {
      guard let slot = sequences.slot(of: result.sequenceID) else { continue }
      precondition(
        sequences[slot].beams.allSatisfy { $0.computedTokenCount == sequences[slot].tokenCount },
        "beam search \(result.sequenceID) needed no sample, or has two results")
      samplesDue -= sequences[slot].beams.count
      if result.isFinished {
        end(slot, &gone)
      } else {
        sequences[slot].reorderBeams(&blockManager, parents: result.parents)
        checkGoesOn(slot)
      }
    }
    for turn in turns {
      guard let slot = sequences.slot(of: turn.sequenceID) else { continue }
      precondition(
        sequences[slot].turnsBack && sequences[slot].computedTokenCount == sequences[slot].tokenCount,
        "sequence \(turn.sequenceID) does not turn back, or not now")
      samplesDue -= 1
      if turn.isFinished {
        end(slot, &gone)
      } else {
        change(slot) { $0.turn(toOutputTokenCount: turn.keptTokenCount, adding: turn.addedTokenCount, &$1) }
        checkGoesOn(slot)
      }
    }
    precondition(samplesDue == 0, "\(samplesDue) samples have no result")
    clear(gone)
  }

  private func checkGoesOn(_ slot: Int) {
    precondition(
      sequences[slot].outputTokenCount < sequences[slot].outputTokenLimit,
      "sequence \(sequences[slot].id) goes on past its limit")
  }

  /// Brings the other samples of a request into being, as its prompt's logits are there: each waits in front of the
  /// queue, in order, and holds the prompt's blocks until it is admitted or they are needed.
  private mutating func forkSamples(of parent: Int) {
    let forks = sequences[parent].forkSamples(&blockManager)
    waiting[isUrgent: sequences[parent].isUrgent].prependHolders(forks.map { sequences.insert($0) })
  }
}
