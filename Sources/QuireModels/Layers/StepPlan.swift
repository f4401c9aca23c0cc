import QuireKernels

/// The shares of attention, the same in all layers of a step, and the segments and the tokens' places in the cache, the same
/// in all layers of a group.
struct StepPlan {
  /// The step's sequences, once for each group of layers.
  private(set) var segments: [AttentionSegment] = []
  /// The shares of attention, all of them or those that the last layer needs.
  private(set) var items: [AttentionItem] = []
  /// The block id and the slot in it of each token, once for each group of layers.
  private(set) var places: [TokenPlace] = []

  /// Plans a step; `blockTables` outlives it.
  mutating func prepare(
    _ batch: ModelBatch, blockTables: UnsafePointer<Int32>, _ shape: AttentionShape, blockSize: Int
  ) {
    segments.removeAll(keepingCapacity: true)
    items.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    for group in 0..<batch.groupCount {
      for (index, segment) in batch.segments.enumerated() {
        let blockTable = blockTables + segment.blockTableStart + group * segment.blockCount
        let work = AttentionSegment(
          tokenStart: segment.tokenStart, tokenCount: segment.tokenCount,
          contextStart: segment.contextStart, blockTable: blockTable)
        segments.append(work)
        if group == 0 { shape.appendItems(of: work, index: index, to: &items) }
        for position in segment.contextStart..<segment.contextStart + segment.tokenCount {
          let (block, slot) = position.quotientAndRemainder(dividingBy: blockSize)
          places.append(TokenPlace(block: blockTable[block], slot: Int32(slot)))
        }
      }
    }
  }

  /// Leaves out the shares of attention that hold no logit row: nothing reads them in the last layer.
  mutating func keepItems(of logitRows: [Int32]) {
    items.removeAll { !logitRows.hasElement(in: $0.tokens(in: segments[$0.segmentIndex])) }
  }
}

/// Where a token's keys and values lie in the blocks of every layer of a group.
struct TokenPlace {
  let block: Int32
  let slot: Int32
}

extension [Int32] {
  /// Whether one of the ascending elements lies in `range`; logarithmic.
  fileprivate func hasElement(in range: Range<Int>) -> Bool {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if Int(self[middle]) < range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < count && range.contains(Int(self[low]))
  }
}
