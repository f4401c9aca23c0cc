extension Scheduler {
  /// What is wrong with the scheduler, one sentence each: empty when all is well. O(all sequences and blocks).
  ///
  /// May be called at any time; tests call it after every step.
  package func checkInvariants() -> [String] {
    var violations = blockManager.invariantViolations(tables: slots.lazy.map(\.blockTable))
    checkOutput(&violations)
    if running.count > configuration.maxNumSeqs {
      violations.append("\(running.count) sequences run, of at most \(configuration.maxNumSeqs)")
    }
    if Set(running).count != running.count { violations.append("a sequence runs twice") }
    for slot in running { checkRunning(slots[slot], &violations) }
    if running.reduce(0, { $0 + slots[$1].promisedBlockCount }) != promisedBlockCount {
      violations.append("\(promisedBlockCount) promised blocks are not the sum over the running sequences")
    }
    let waitingStates = waiting.elements.map { slots[$0] }.filter { $0.status == .waiting }
    if waitingStates.count != waitingCount {
      violations.append("\(waitingStates.count) sequences wait but \(waitingCount) are counted")
    }
    for state in waitingStates where state.blockTable.count + state.computedTokenCount > 0 {
      violations.append("sequence \(state.id) waits but holds blocks")
    }
    return violations
  }

  private func checkOutput(_ violations: inout [String]) {
    let total = output.scheduled.reduce(0) { $0 + $1.tokenCount }
    if total != output.scheduledTokenCount || total > configuration.maxNumBatchedTokens {
      violations.append(
        "\(total) tokens are scheduled, \(output.scheduledTokenCount) counted, of at most "
          + "\(configuration.maxNumBatchedTokens)")
    }
    let ids = output.scheduled.map(\.sequenceID)
    if Set(ids).count != ids.count { violations.append("a sequence is scheduled twice") }
    if !Set(ids).isDisjoint(with: output.preempted) {
      violations.append("a preempted sequence is scheduled")
    }
    for entry in output.scheduled where entry.tokenCount < 1 {
      violations.append("sequence \(entry.sequenceID) is scheduled without a token")
    }
  }

  private func checkRunning(_ state: SequenceState, _ violations: inout [String]) {
    if state.status != .running {
      violations.append("sequence \(state.id) is in the running list by mistake")
    }
    let end = state.computedTokenCount + state.scheduledTokenCount
    if isStepUnderWay && state.scheduledTokenCount == 0 {
      violations.append("sequence \(state.id) runs but gets nothing in the step under way")
    }
    if end > state.tokenCount || !isStepUnderWay && end == state.tokenCount {
      violations.append("sequence \(state.id) has computed \(end) of \(state.tokenCount) tokens")
    }
    if state.blockTable.count != blockManager.blockCount(forTokenCount: end) {
      violations.append("sequence \(state.id) holds \(state.blockTable.count) blocks for \(end) tokens")
    }
    if state.outputTokenCount >= state.outputTokenLimit {
      violations.append("sequence \(state.id) runs past its limit")
    }
  }
}
