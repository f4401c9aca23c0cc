/// Shares a fixed pool of cache blocks among sequences, by reference counts.
///
/// Allocation is all or nothing: where it fails, counts, tables and the order of reuse are what they were. Freed
/// blocks that no prefix cache names go in front of the queue, last in first out, so that a small job touches little
/// of a large pool; cached ones go to its end, behind those that were never used, and are reused least recently used
/// first. Of one sequence the tail is reused before the head. Invariant: free + used = total, a block is free exactly when its count is 0, each count is
/// the number of table entries that name it, and in the queue cached blocks stand behind the others. Source: Kwon et
/// al. 2023, arXiv 2309.06180, section 4.
package struct BlockManager: Sendable {
  /// Number of blocks in the pool, at least 1.
  package let blockCount: Int
  /// Number of token positions in a block, at least 1.
  package let blockSize: Int
  /// Number of positions that a token sees, its own included, on the layer that sees most; nil for all before it.
  package let slidingWindow: Int?

  /// Whether a block that was never used, and whose memory is untouched, is left alone while as many cached blocks are
  /// free as were ever in use at a time: the pool then grows to twice that. Not with a sliding window, where a sequence
  /// uses fewer blocks than its beginning has, and that would soon be forgotten.
  let sparesUntouchedBlocks: Bool

  var referenceCounts: [Int32]
  var freeQueue: FreeBlockQueue
  /// Finds full blocks by their tokens; nil where none are to be found.
  var prefixCache: PrefixCache?
  /// Number of cached blocks on the free queue.
  var cachedFreeBlockCount = 0
  /// Number of blocks that were ever used: those below it.
  private(set) var touchedBlockCount = 0
  /// The greatest number of blocks that were in use at a time.
  private var peakUsedBlockCount = 0

  /// A pool of free blocks `0..<blockCount`, to be handed out in this order.
  package init(blockCount: Int, blockSize: Int) {
    self.init(blockCount: blockCount, blockSize: blockSize, slidingWindow: nil, prefixHash: nil)
  }

  /// A pool as above, with a prefix cache of that hash unless it is nil.
  init(
    blockCount: Int, blockSize: Int, slidingWindow: Int?, prefixHash: PrefixHash?,
    sparesUntouchedBlocks: Bool = false
  ) {
    precondition(blockSize > 0, "a block holds at least one token")
    self.blockCount = blockCount
    self.blockSize = blockSize
    self.slidingWindow = slidingWindow
    self.sparesUntouchedBlocks = sparesUntouchedBlocks && slidingWindow == nil
    freeQueue = FreeBlockQueue(blockCount: blockCount)
    referenceCounts = Array(repeating: 0, count: blockCount)
    prefixCache = prefixHash.map { PrefixCache(blockCount: blockCount, blockSize: blockSize, hash: $0) }
  }

  /// Number of blocks that no table holds.
  package var freeBlockCount: Int { freeQueue.count }

  /// Number of blocks that some table holds.
  package var usedBlockCount: Int { blockCount - freeQueue.count }

  /// The free blocks in order of reuse. O(free blocks), for tests and logs.
  package var freeBlocks: [Int32] { freeQueue.blocks }

  /// Number of table entries that name the block.
  package func referenceCount(of block: Int32) -> Int { Int(referenceCounts[Int(block)]) }

  /// Number of blocks that hold `tokenCount` positions.
  package func blockCount(forTokenCount tokenCount: Int) -> Int { (tokenCount + blockSize - 1) / blockSize }

  /// Number of free blocks that `prepareWrite` would take for the same arguments. O(blocks written).
  package func blockDemand(ofWriting positions: Range<Int>, in table: BlockTable) -> Int {
    guard !positions.isEmpty else { return 0 }
    var demand = max(0, blockCount(forTokenCount: positions.upperBound) - table.count)
    for index in writtenBlockIndices(positions, in: table)
    where referenceCounts[Int(table.blockIDs[index])] > 1 { demand += 1 }
    return demand
  }

  /// Makes the token positions writable for this table alone, and returns whether there were blocks for it.
  ///
  /// Appends blocks until the last position has one, and replaces blocks among the written ones that other
  /// tables share: each replacement is appended to `copies`. On false nothing has changed.
  package mutating func prepareWrite(
    _ positions: Range<Int>, in table: inout BlockTable, copies: inout [BlockCopy]
  ) -> Bool {
    guard blockDemand(ofWriting: positions, in: table) <= freeQueue.count else { return false }
    for index in writtenBlockIndices(positions, in: table) {
      let source = table.blockIDs[index]
      guard referenceCounts[Int(source)] > 1 else { continue }
      referenceCounts[Int(source)] -= 1
      let destination = takeFreeBlock()
      table.blockIDs[index] = destination
      copies.append(BlockCopy(source: source, destination: destination))
    }
    let needed = blockCount(forTokenCount: positions.upperBound)
    while table.count < needed { table.blockIDs.append(takeFreeBlock()) }
    return true
  }

  /// A second table over the same blocks, each of which gains an owner. O(blocks of the table).
  package mutating func fork(_ table: BlockTable) -> BlockTable {
    for block in table.heldBlockIDs { referenceCounts[Int(block)] += 1 }
    return table
  }

  /// Gives up the table's blocks and empties it; those without another owner become free, and can be found until they
  /// are reused where the prefix cache names them. O(blocks of the table).
  package mutating func free(_ table: inout BlockTable) {
    release(table.heldBlockIDs)
    table = BlockTable()
  }

  /// Takes an owner from blocks that follow each other in a table; those without another become free.
  mutating func release(_ blocks: ArraySlice<Int32>) {
    // From head to tail, so that the tail ends up in front of the queue.
    for block in blocks {
      precondition(referenceCounts[Int(block)] > 0, "block freed twice")
      referenceCounts[Int(block)] -= 1
      guard referenceCounts[Int(block)] == 0 else { continue }
      // Nobody may compute it now.
      if isPending(block) { prefixCache?.remove(block) }
      if !isCached(block) { freeQueue.prepend(block) }
    }
    guard prefixCache != nil else { return }
    for block in blocks.reversed() where referenceCounts[Int(block)] == 0 && isCached(block) {
      freeQueue.append(block)
      cachedFreeBlockCount += 1
    }
  }

  private mutating func takeFreeBlock() -> Int32 {
    let block = nextFreeBlock
    freeQueue.remove(block)
    if isCached(block) {
      prefixCache?.remove(block)
      cachedFreeBlockCount -= 1
    }
    referenceCounts[Int(block)] = 1
    touchedBlockCount = max(touchedBlockCount, Int(block) + 1)
    noteUse()
    return block
  }

  /// The block to use next; one must be free.
  private var nextFreeBlock: Int32 {
    guard let first = freeQueue.first else { preconditionFailure("no free block") }
    guard sparesUntouchedBlocks, Int(first) >= touchedBlockCount,
      cachedFreeBlockCount >= max(peakUsedBlockCount, 1)
    else { return first }
    // Blocks that were never used stand together in the queue, the highest last; the cached ones follow.
    return freeQueue.block(after: Int32(blockCount - 1))
  }

  /// More blocks may be in use than before.
  mutating func noteUse() { peakUsedBlockCount = max(peakUsedBlockCount, usedBlockCount) }

  /// Indices of the table's present blocks that the positions touch.
  private func writtenBlockIndices(_ positions: Range<Int>, in table: BlockTable) -> Range<Int> {
    let lower = min(positions.lowerBound / blockSize, table.count)
    return lower..<max(lower, min(blockCount(forTokenCount: positions.upperBound), table.count))
  }
}
