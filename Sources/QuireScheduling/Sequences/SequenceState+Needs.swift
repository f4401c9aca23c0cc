/// What a sequence needs until its next sample.
extension SequenceState {
  /// Number of leading tokens whose blocks all beams share when they are computed again: the prompt's full blocks.
  func sharedTokenCount(blockSize: Int) -> Int { promptTokenCount / blockSize * blockSize }

  /// Whether all beams have their tables: not while the beginning that they share is computed.
  var isSpread: Bool { beams.count == beamCount }

  /// Number of tokens to compute before the next sample, over all beams.
  ///
  /// Beams that were preempted compute their shared beginning once, then their own tokens up to the last but one; the
  /// last ones come together, since beams are compared with each other. So the number is at least that of the beams.
  ///
  /// - Parameter computedTokenCount: how many tokens, of a sample or of the beams' shared beginning, are computed.
  func missingTokenCount(computedTokenCount: Int, blockSize: Int) -> Int {
    if beamWidth == 1 { return tokenCount - computedTokenCount }
    if outputTokenCount == 0 { return promptTokenCount - computedTokenCount }
    let end = tokenCount - 1
    let missing: Int
    if !beams.isEmpty && isSpread {
      missing = beams.reduce(0) { $0 + end - $1.computedTokenCount }
    } else {
      let shared = sharedTokenCount(blockSize: blockSize)
      missing = shared - computedTokenCount + beamCount * (end - shared)
    }
    return max(missing, beamCount)
  }

  /// Up to which token the beams may be computed now.
  func nextEnd(blockSize: Int) -> Int {
    if outputTokenCount == 0 { return promptTokenCount }
    if !isSpread { return sharedTokenCount(blockSize: blockSize) }
    // The last ones come together, in a step of their own.
    let end = tokenCount - 1
    return beams.allSatisfy { $0.computedTokenCount == end } ? end + 1 : end
  }

  /// Number of blocks that a waiting sequence needs for all its known tokens: new ones that it will hold at a time, and
  /// ones for copies. Cached ones are neither.
  ///
  /// - Parameters:
  ///   - hit: the cached blocks that it can begin with.
  ///   - greatestChunk: the most tokens that a sample gets in a step.
  func missingBlockCounts(
    _ blocks: BlockManager, with hit: PrefixHit, greatestChunk: Int
  ) -> (new: Int, copies: Int) {
    let whole = blocks.rowCount(forTokenCount: tokenCount)
    if let held = beams.first, beamWidth == 1 {
      let new = (whole - held.blockTable.count) * blocks.groups.count
      let demand = blocks.blockDemand(
        ofWriting: held.computedTokenCount..<tokenCount, in: held.blockTable)
      return (new, demand - new)
    }
    var rowCount = whole
    var tableCount = 1
    if beamWidth > 1 && outputTokenCount > 0 {
      let shared = sharedTokenCount(blockSize: blocks.blockSize) / blocks.blockSize
      rowCount = shared + beamCount * (whole - shared)
      tableCount = beamCount
    }
    let windowed =
      tableCount
      * blocks.greatestWindowedRowCount(
        tokenCount: tokenCount, chunk: max(greatestChunk, beamWidth) + (turnsBack ? outputTokenCount : 0))
    let missing = rowCount - hit.count
    return (
      blocks.groups.blockCount(
        fullRowCount: missing, windowedRowCount: min(missing, windowed - hit.windowedRowCount)), 0
    )
  }
}
