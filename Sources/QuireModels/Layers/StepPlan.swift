import QuireKernels

/// The shares of attention, the same in all layers of a step, and what they read and the tokens' places in the cache, the
/// same in all layers of a group.
struct StepPlan {
  /// The shares of attention, all of them or those that the last layer needs.
  private(set) var shares = AttentionShares()
  /// What they read, for each group of layers.
  private(set) var reads: [AttentionReads] = []
  /// The block id and the slot in it of each token, once for each group of layers.
  private(set) var places: [TokenPlace] = []
  /// The step's sequences, once for each group of layers.
  private var segments: [AttentionSegment] = []

  /// Plans a step for a team of `threadCount`; `blockTables` outlives it.
  mutating func prepare(
    _ batch: ModelBatch, blockTables: UnsafePointer<Int32>, _ shape: AttentionShape, _ groups: LayerGroups,
    threadCount: Int
  ) {
    let blockSize = shape.layout.blockSize
    segments.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    while reads.count < batch.groupCount { reads.append(AttentionReads()) }
    for group in 0..<batch.groupCount {
      for segment in batch.segments {
        let blockTable = blockTables + segment.blockTableStart + group * segment.blockCount
        segments.append(
          AttentionSegment(
            tokenStart: segment.tokenStart, tokenCount: segment.tokenCount,
            contextStart: segment.contextStart, blockTable: blockTable))
        for position in segment.contextStart..<segment.contextStart + segment.tokenCount {
          let (block, slot) = position.quotientAndRemainder(dividingBy: blockSize)
          places.append(TokenPlace(block: blockTable[block], slot: Int32(slot)))
        }
      }
    }
    let segmentCount = batch.segments.count
    segments.withUnsafeBufferPointer { segments in
      for group in 0..<batch.groupCount {
        let segments = UnsafeBufferPointer(
          rebasing: segments[group * segmentCount..<(group + 1) * segmentCount])
        if group == 0 { shares.prepare(segments, shape, threadCount: threadCount) }
        reads[group].prepare(shares, segments, shape, window: groups.window(ofGroup: group))
      }
    }
  }

  /// Leaves out the shares of attention that hold no logit row: nothing reads them in the last layer.
  mutating func keepItems(of logitRows: [Int32]) {
    segments.withUnsafeBufferPointer { shares.keepItems(of: logitRows, $0) }
  }
}

/// Where a token's keys and values lie in the blocks of every layer of a group.
struct TokenPlace {
  let block: Int32
  let slot: Int32
}
