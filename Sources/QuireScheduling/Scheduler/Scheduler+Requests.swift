import DequeModule

extension Scheduler {
  /// Takes a request in, at the end of the waiting queue, and returns the id of its first sequence.
  ///
  /// - Parameters:
  ///   - requestID: must not be in use.
  ///   - promptTokenIDs: at least one; the array is shared, not copied, and not kept without a prefix cache.
  ///   - outputTokenLimit: greatest number of tokens of each answer, at least 1.
  ///   - sampleCount: answers that are drawn independently, at least 1. Sample i has the returned id + i; all but the
  ///     first come into being when the prompt has been computed.
  ///   - beamWidth: beams of a search, 1 for none; then `sampleCount` is 1.
  ///   - readsPrefixCache: whether it may begin with blocks that others have computed: not where each token of the
  ///     prompt is wanted in a batch, for its log-probability. Others find its blocks all the same.
  /// - Throws: `SchedulerRefusal`, changing nothing, when the request could never run to its end.
  package mutating func add(
    requestID: RequestID, promptTokenIDs: [Int32], outputTokenLimit: Int, sampleCount: Int = 1,
    beamWidth: Int = 1, readsPrefixCache: Bool = true
  ) throws(SchedulerRefusal) -> SequenceID {
    let promptTokenCount = promptTokenIDs.count
    precondition(promptTokenCount >= 1 && outputTokenLimit >= 1, "a request has a prompt and an output")
    precondition(sampleCount >= 1 && beamWidth >= 1, "a request has an answer")
    precondition(sampleCount == 1 || beamWidth == 1, "a beam search is not sampled")
    precondition(sequencesByRequest[requestID] == nil, "request \(requestID) is in the scheduler already")
    try checkFits(
      promptTokenCount: promptTokenCount, outputTokenLimit: outputTokenLimit, beamWidth: beamWidth)
    let id = nextSequenceID
    nextSequenceID += SequenceID(sampleCount)
    var state = SequenceState(
      id: id, requestID: requestID, promptTokenCount: promptTokenCount, outputTokenLimit: outputTokenLimit,
      beamWidth: beamWidth)
    state.sampleCount = sampleCount
    state.readsPrefixCache = readsPrefixCache
    if configuration.enablePrefixCaching { state.tokens = SequenceTokens(prompt: promptTokenIDs) }
    waiting.append(insert(state))
    waitingCount += 1
    return id
  }

  /// Gives a sequence a slot.
  mutating func insert(_ state: SequenceState) -> Int {
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = free
      slots[slot] = state
    } else {
      slot = slots.count
      slots.append(state)
    }
    slotBySequence[state.id] = slot
    sequencesByRequest[state.requestID, default: []].append(state.id)
    return slot
  }

  /// Removes a request, all its samples or beams, and frees its blocks; false when there is none of this id.
  ///
  /// Also allowed between `schedule()` and `update(_:beams:)`: what the step computes for it is then without effect. But
  /// the step is to be computed as a whole, since other sequences in it may share blocks that this one fills. Blocks
  /// of the step that nobody shares are not to be found later, computed or not.
  @discardableResult
  package mutating func abort(_ requestID: RequestID) -> Bool {
    guard let sequences = sequencesByRequest.removeValue(forKey: requestID) else { return false }
    var (hasRun, hasHeld) = (false, false)
    for slot in sequences.compactMap({ slotBySequence[$0] }) {
      if slots[slot].status == .running { hasRun = true }
      if slots[slot].isHolding { hasHeld = true }
      remove(slot)
    }
    if hasRun { compactRunning() }
    if hasHeld { compactHolders() }
    return true
  }

  private func checkFits(
    promptTokenCount: Int, outputTokenLimit: Int, beamWidth: Int
  ) throws(SchedulerRefusal) {
    let stepLimit = min(configuration.maxNumSeqs, configuration.maxNumBatchedTokens)
    guard beamWidth <= stepLimit else {
      throw .beamsExceedStep(beamWidth: beamWidth, stepLimit: stepLimit)
    }
    let needed = greatestBlockNeed(promptTokenCount, outputTokenLimit, beamWidth)
    guard needed <= configuration.blockCount else {
      throw .exceedsCache(
        neededBlockCount: needed, totalBlockCount: configuration.blockCount,
        blockSize: configuration.blockSize)
    }
    guard configuration.enableChunkedPrefill || promptTokenCount <= configuration.maxNumBatchedTokens else {
      throw .promptExceedsBudget(
        promptTokenCount: promptTokenCount, maxNumBatchedTokens: configuration.maxNumBatchedTokens)
    }
  }

  /// The most blocks that a sequence holds on its way to its full length: beams share the full blocks of the prompt and
  /// nothing else.
  private func greatestBlockNeed(_ promptTokenCount: Int, _ outputTokenLimit: Int, _ beamWidth: Int) -> Int {
    let blockSize = configuration.blockSize
    let (tokenCount, overflow) = promptTokenCount.addingReportingOverflow(outputTokenLimit)
    if overflow { return Int.max / blockSize }
    if beamWidth == 1 {
      return blockManager.greatestHeldBlockCount(tokenCount: tokenCount, chunk: greatestChunk)
    }
    let sharedCount = promptTokenCount / blockSize
    let wholeCount = tokenCount / blockSize + (tokenCount % blockSize > 0 ? 1 : 0)
    let (ownCount, tooMany) = (wholeCount - sharedCount).multipliedReportingOverflow(by: beamWidth)
    return tooMany ? Int.max / blockSize : sharedCount + ownCount
  }
}
