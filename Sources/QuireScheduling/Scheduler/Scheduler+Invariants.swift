extension Scheduler {
  /// What is wrong with the scheduler, one sentence each: empty when all is well. O(all sequences and blocks).
  ///
  /// May be called at any time; tests call it after every step.
  package func checkInvariants() -> [String] {
    var violations = blockManager.invariantViolations(
      tables: sequences.states.lazy.flatMap { $0.beams.lazy.map(\.blockTable) },
      isStepUnderWay: isStepUnderWay)
    checkOutput(&violations)
    let sequenceCount = running.slots.reduce(0) { $0 + sequences[$1].beamWidth }
    if sequenceCount != running.sequenceCount || sequenceCount > configuration.maxNumSeqs {
      violations.append(
        "\(sequenceCount) sequences run, \(running.sequenceCount) are counted, of at most \(configuration.maxNumSeqs)"
      )
    }
    if Set(running.slots).count != running.slots.count { violations.append("a sequence runs twice") }
    let urgentCount = running.slots.prefix { sequences[$0].isUrgent }.count
    let urgentSequences = running.slots.prefix(urgentCount).reduce(0) { $0 + sequences[$1].beamWidth }
    if running.slots.count(where: { sequences[$0].isUrgent }) != urgentCount
      || urgentCount != running.urgentCount || urgentSequences != running.urgentSequenceCount
    {
      violations.append("the first \(running.urgentCount) of the running sequences are not the urgent ones")
    }
    for slot in running.slots { checkRunning(sequences[slot], &violations) }
    for state in sequences.states { checkCached(state, &violations) }
    if running.slots.reduce(0, { $0 + sequences[$1].promisedBlockCount }) != promisedBlockCount {
      violations.append("\(promisedBlockCount) promised blocks are not the sum over the running sequences")
    }
    let waitingStates = waiting.states(sequences)
    for isUrgent in [true, false]
    where !waiting[isUrgent: isUrgent].states(sequences).allSatisfy({ $0.isUrgent == isUrgent }) {
      violations.append("a sequence waits among those that are more or less urgent")
    }
    if waitingStates.count != waitingCount {
      violations.append("\(waitingStates.count) sequences wait but \(waitingCount) are counted")
    }
    checkHolders(waitingStates, &violations)
    return violations
  }

  /// Only forks that have not run wait with blocks, those of their prompt, and each is on the list once.
  private func checkHolders(_ waitingStates: [SequenceState], _ violations: inout [String]) {
    let holding = waitingStates.filter { !$0.beams.isEmpty }
    if holding.map(\.id).sorted() != waiting.holders.map({ sequences[$0].id }).sorted() {
      violations.append("\(waiting.holders.count) forks are listed but \(holding.count) hold blocks")
    }
    for state in holding
    where state.beams.count != 1 || state.computedTokenCount != state.promptTokenCount
      || state.beams[0].blockTable.count != blockManager.rowCount(forTokenCount: state.promptTokenCount)
    {
      violations.append("sequence \(state.id) waits with other blocks than its prompt's")
    }
  }

  private func checkOutput(_ violations: inout [String]) {
    let total = output.scheduled.reduce(0) { $0 + $1.tokenCount }
    if total != output.scheduledTokenCount || total > configuration.maxNumBatchedTokens {
      violations.append(
        "\(total) tokens are scheduled, \(output.scheduledTokenCount) counted, of at most "
          + "\(configuration.maxNumBatchedTokens)")
    }
    let ids = output.scheduled.map(\.sequenceID)
    let beams = Set(output.scheduled.map { [$0.sequenceID, SequenceID($0.beam)] })
    if beams.count != ids.count { violations.append("a sequence is scheduled twice") }
    if isStepUnderWay { checkWrites(&violations) }
    if !Set(ids).isDisjoint(with: output.preempted) {
      violations.append("a preempted sequence is scheduled")
    }
    for entry in output.scheduled where entry.tokenCount < 1 {
      violations.append("sequence \(entry.sequenceID) is scheduled without a token")
    }
  }

  /// No position that the step writes lies in a block with two writers, in one that was cached before, or in one with
  /// two owners, unless the step fills it and the others have found it in the prefix cache.
  private func checkWrites(_ violations: inout [String]) {
    var written: Set<Int32> = []
    for entry in output.scheduled {
      guard let slot = sequences.slot(of: entry.sequenceID) else { continue }
      let table = sequences[slot].beams[entry.beam].blockTable
      if entry.blockTable != table {
        violations.append("sequence \(entry.sequenceID) is scheduled with other blocks than it has")
      }
      let start = entry.computedTokenCount
      let cacheableCount = min(start + entry.tokenCount, sequences[slot].tokens.count)
      let groupCount = blockManager.groups.count
      for index in start / blockManager.blockSize...(start + entry.tokenCount - 1) / blockManager.blockSize {
        for block in table.blockIDs[index * groupCount..<(index + 1) * groupCount] {
          if !written.insert(block).inserted { violations.append("block \(block) is written twice") }
          if blockManager.pool.isCached(block) && !blockManager.pool.isPending(block) {
            violations.append("block \(block) is written, but was cached before")
          }
          let isFilled = (index + 1) * blockManager.blockSize <= cacheableCount
          if blockManager.referenceCount(of: block) != 1 && !isFilled {
            violations.append("sequence \(entry.sequenceID) writes into a shared block")
          }
        }
      }
    }
  }

  /// Every cached block of a table is full, and holds the tokens that it is cached for.
  private func checkCached(_ state: SequenceState, _ violations: inout [String]) {
    for beam in state.beams {
      let end = min(beam.computedTokenCount + beam.scheduledTokenCount, state.tokens.count)
      for (index, block) in beam.blockTable.blockIDs.enumerated()
      where block != BlockTable.vacated && blockManager.pool.isCached(block) {
        let row = index / blockManager.groups.count
        guard (row + 1) * blockManager.blockSize <= end else {
          violations.append("sequence \(state.id) has cached block \(block), which is not full")
          continue
        }
        let held = state.tokens.block(row, size: blockManager.blockSize)
        if blockManager.pool.cachedTokenIDs(of: block) != held {
          violations.append("sequence \(state.id) has block \(block), which is cached for other tokens")
        }
      }
    }
  }

  private func checkRunning(_ state: SequenceState, _ violations: inout [String]) {
    if state.status != .running {
      violations.append("sequence \(state.id) is in the running list by mistake")
    }
    if isStepUnderWay && state.beams.allSatisfy({ $0.scheduledTokenCount == 0 }) {
      violations.append("sequence \(state.id) runs but gets nothing in the step under way")
    }
    if state.beams.isEmpty || state.beams.count > state.beamCount || state.beamCount > state.beamWidth {
      violations.append("sequence \(state.id) has \(state.beams.count) of \(state.beamCount) beams")
    }
    for beam in state.beams {
      let end = beam.computedTokenCount + beam.scheduledTokenCount
      let known = end - beam.draftTokenCount
      if known > state.tokenCount || !isStepUnderWay && known == state.tokenCount {
        violations.append("sequence \(state.id) has computed \(known) of \(state.tokenCount) tokens")
      }
      if beam.draftTokenCount > 0
        && (!isStepUnderWay || known != state.tokenCount
          || end >= state.promptTokenCount + state.outputTokenLimit)
      {
        violations.append("sequence \(state.id) has \(beam.draftTokenCount) drafts behind token \(known)")
      }
      if beam.blockTable.count != blockManager.rowCount(forTokenCount: end) {
        violations.append("sequence \(state.id) holds \(beam.blockTable.count) rows for \(end) tokens")
      }
    }
    for (index, beam) in state.beams.enumerated() {
      let place = state.firstPlaceToCome(ofBeam: index)
      guard beam.blockTable.vacatedCount != blockManager.firstVisibleRow(from: place) else { continue }
      violations.append(
        "sequence \(state.id) has given up \(beam.blockTable.vacatedCount) rows before token \(place)")
    }
    if state.beamWidth == 1, let table = state.beams.first?.blockTable,
      state.promisedBlockCount > max(
        0, blockManager.rowCount(forTokenCount: state.tokenCount) - table.count) * blockManager.groups.count
    {
      violations.append("sequence \(state.id) is promised more blocks than it needs")
    }
    if state.outputTokenCount >= state.outputTokenLimit {
      violations.append("sequence \(state.id) runs past its limit")
    }
  }
}
