import QuireKernelBodies

/// The new tokens of one sequence in a flattened batch.
package struct AttentionSegment {
  /// The first of its tokens among the batch's.
  package let tokenStart: Int
  /// The sequence's tokens in this step; at least 1.
  package let tokenCount: Int
  /// Absolute position of the first of them: the positions that the cache already holds.
  package let contextStart: Int
  /// Block ids in ascending absolute position, enough for `contextStart + tokenCount` positions.
  package let blockTable: UnsafePointer<Int32>

  /// Describes `tokenCount` tokens from position `contextStart` on.
  package init(tokenStart: Int, tokenCount: Int, contextStart: Int, blockTable: UnsafePointer<Int32>) {
    self.tokenStart = tokenStart
    self.tokenCount = tokenCount
    self.contextStart = contextStart
    self.blockTable = blockTable
  }
}

/// One share of a layer's attention: a few consecutive tokens of a segment and the query heads of one key/value
/// head, so that each key and value is read once for all of them.
package struct AttentionItem {
  let segment: Int
  let keyValueHead: Int
  let tokenOffset: Int
  let tokenCount: Int
  /// Which of the batch's segments the item belongs to.
  package var segmentIndex: Int { segment }

  /// The places of the item's tokens in the batch.
  package func tokens(in segment: AttentionSegment) -> Range<Int> {
    let start = segment.tokenStart + tokenOffset
    return start..<start + tokenCount
  }
}

/// What all layers of a model share of their attention.
package struct AttentionShape: Sendable {
  /// Where keys and values lie.
  package let layout: KVBlockLayout
  /// Bytes from one block of a layer to the next.
  package let blockStride: Int
  /// Query heads of one key/value head; at least 1.
  package let groupSize: Int
  /// Factor on each score, 1 / sqrt(headDimension) as a rule.
  package let scale: Float
  /// What no scaled score exceeds in magnitude, `softCap * tanh(score / softCap)` taking its place before the softmax;
  /// above 0, or nil for no cap.
  package let softCap: Float?

  /// Describes attention with `groupSize` query heads for each of the layout's heads.
  package init(layout: KVBlockLayout, blockStride: Int, groupSize: Int, scale: Float, softCap: Float? = nil) {
    self.layout = layout
    self.blockStride = blockStride
    self.groupSize = groupSize
    self.scale = scale
    self.softCap = softCap
  }

  /// Query rows of an item at most, where a group is not larger alone: their scores stay in the first-level cache.
  private static var rowsPerItem: Int { 24 }

  /// Tokens of an item at most.
  private var tokensPerItem: Int { max(1, Self.rowsPerItem / groupSize) }

  /// Bytes of scratch that the largest item wants.
  var scratchByteCount: Int {
    AttentionWork.scratchByteCount(
      rowCount: tokensPerItem * groupSize, headDimension: layout.headDimension)
  }

  /// Appends the items of segment number `index` to `items`, the costliest (latest) tokens first.
  package func appendItems(of segment: AttentionSegment, index: Int, to items: inout [AttentionItem]) {
    var end = segment.tokenCount
    while end > 0 {
      let start = (end - 1) / tokensPerItem * tokensPerItem
      for head in 0..<layout.keyValueHeadCount {
        items.append(
          AttentionItem(segment: index, keyValueHead: head, tokenOffset: start, tokenCount: end - start))
      }
      end = start
    }
  }

  /// Multiplications of an item's scores and sums, for a decision whether threads are worth waking.
  func work(of item: AttentionItem, in segment: AttentionSegment) -> Int {
    let context = segment.contextStart + item.tokenOffset + item.tokenCount
    return 2 * context * item.tokenCount * groupSize * layout.headDimension
  }
}
