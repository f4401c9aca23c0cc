extension Scheduler {
  /// The most tokens that a sample gets in a step.
  var greatestChunk: Int {
    min(configuration.maxNumBatchedTokens, configuration.longPrefillTokenThreshold ?? .max)
  }

  /// Gives up the blocks that no layer sees any more, now that the tokens of the step are computed.
  ///
  /// A sample that still computes its prompt was promised the blocks that it holds at a time: those that become free
  /// here are promised to it again, as far as it has tokens left to fill them. A beam search was promised all its blocks.
  mutating func vacateBlocks(_ slot: Int, beam: Int) {
    let freedCount = blockManager.vacate(
      &slots[slot].beams[beam].blockTable, before: slots[slot].beams[beam].computedTokenCount)
    guard freedCount > 0 && slots[slot].beamWidth == 1 else { return }
    let missing =
      blockManager.blockCount(forTokenCount: slots[slot].tokenCount)
      - slots[slot].beams[beam].blockTable.count
    let renewed = min(freedCount, missing - slots[slot].promisedBlockCount)
    slots[slot].promisedBlockCount += renewed
    promisedBlockCount += renewed
  }
}
