extension SchedulerConfiguration {
  /// The most tokens that a sample gets in a step.
  var greatestChunk: Int { min(maxNumBatchedTokens, longPrefillTokenThreshold ?? .max) }

  /// The number of tokens, lowered to what one sequence gets in a step at most.
  func chunkLimited(_ tokenCount: Int) -> Int { min(tokenCount, longPrefillTokenThreshold ?? tokenCount) }

  /// Number of tokens with which a sequence starts that misses `count` of them, with `budget` left in the step; nil when
  /// it must wait for a later step.
  func firstChunk(of count: Int, budget: Int) -> Int? {
    if enableChunkedPrefill { return min(chunkLimited(count), budget) }
    if count <= budget { return count }
    // Output that a preemption kept can make a sequence longer than any step: splitting it is the only way on.
    return count > maxNumBatchedTokens ? budget : nil
  }

  /// Throws where a request could never run to its end.
  ///
  /// - Parameter turnsBack: as of `Scheduler.add`.
  package func checkFits(
    promptTokenCount: Int, outputTokenLimit: Int, beamWidth: Int, turnsBack: Bool = false
  ) throws(SchedulerRefusal) {
    let stepLimit = min(maxNumSeqs, maxNumBatchedTokens)
    guard beamWidth <= stepLimit else {
      throw .beamsExceedStep(beamWidth: beamWidth, stepLimit: stepLimit)
    }
    let needed =
      turnsBack
      ? greatestTurningNeed(promptTokenCount, outputTokenLimit - 1)
      : greatestBlockNeed(promptTokenCount, outputTokenLimit, beamWidth)
    guard needed <= blockCount else {
      throw .exceedsCache(neededBlockCount: needed, totalBlockCount: blockCount, blockSize: blockSize)
    }
    guard enableChunkedPrefill || promptTokenCount <= maxNumBatchedTokens else {
      throw .promptExceedsBudget(promptTokenCount: promptTokenCount, maxNumBatchedTokens: maxNumBatchedTokens)
    }
  }

  /// The same of a sequence that turns back: from its prompt's end on it keeps what layers with a window see from there.
  private func greatestTurningNeed(_ promptTokenCount: Int, _ outputTokenCount: Int) -> Int {
    let (tokenCount, overflow) = promptTokenCount.addingReportingOverflow(outputTokenCount)
    if overflow { return Int.max / blockSize }
    return groups.greatestHeldBlockCount(
      tokenCount: tokenCount, chunk: min(tokenCount, greatestChunk + outputTokenCount), blockSize: blockSize)
  }

  /// The most blocks that a sequence holds on its way to its full length: beams share the full rows of the prompt and
  /// nothing else, and of windowed groups each holds no more than a sample does.
  private func greatestBlockNeed(_ promptTokenCount: Int, _ outputTokenLimit: Int, _ beamWidth: Int) -> Int {
    let (tokenCount, overflow) = promptTokenCount.addingReportingOverflow(outputTokenLimit)
    if overflow { return Int.max / blockSize }
    if beamWidth == 1 {
      return groups.greatestHeldBlockCount(
        tokenCount: tokenCount, chunk: greatestChunk, blockSize: blockSize)
    }
    let sharedCount = promptTokenCount / blockSize
    let wholeCount = tokenCount / blockSize + (tokenCount % blockSize > 0 ? 1 : 0)
    let (ownCount, tooMany) = (wholeCount - sharedCount).multipliedReportingOverflow(by: beamWidth)
    let (rowCount, alsoTooMany) = sharedCount.addingReportingOverflow(ownCount)
    if tooMany || alsoTooMany { return Int.max / blockSize }
    let windowedCount = groups.greatestWindowedRowCount(
      tokenCount: tokenCount, chunk: max(greatestChunk, beamWidth), blockSize: blockSize)
    let (sum, isSumTooLarge) = windowedCount.multipliedReportingOverflow(by: beamWidth)
    return groups.blockCount(
      fullRowCount: rowCount, windowedRowCount: isSumTooLarge ? rowCount : min(rowCount, sum))
  }
}

/// Why a request was not taken in; nothing has changed in the scheduler.
package enum SchedulerRefusal: Error, Sendable, Equatable {
  /// Prompt and greatest output together exceed the whole cache.
  case exceedsCache(neededBlockCount: Int, totalBlockCount: Int, blockSize: Int)
  /// Without chunked prefill, the prompt exceeds what a step may hold.
  case promptExceedsBudget(promptTokenCount: Int, maxNumBatchedTokens: Int)
  /// All beams of a search run in one step, which has fewer sequences or tokens.
  case beamsExceedStep(beamWidth: Int, stepLimit: Int)
}
