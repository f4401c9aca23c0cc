/// Gives sequences their tables of cache blocks, out of a fixed pool that they share by reference counts.
///
/// Allocation is all or nothing: where it fails, counts, tables and the order of reuse are what they were. Invariant: the
/// count of each block is the number of table entries that name it. Source: Kwon et al. 2023, arXiv 2309.06180, section 4.
package struct BlockManager: Sendable {
  /// Number of token positions in a block, at least 1.
  package let blockSize: Int
  /// Number of positions that a token sees, its own included, on the layer that sees most; nil for all before it.
  package let slidingWindow: Int?

  private(set) var pool: BlockPool

  /// A pool of free blocks `0..<blockCount`, to be handed out in this order.
  package init(blockCount: Int, blockSize: Int) {
    self.init(blockCount: blockCount, blockSize: blockSize, slidingWindow: nil, prefixHash: nil)
  }

  /// A pool as above, with a prefix cache of that hash unless it is nil.
  ///
  /// - Parameter sparesUntouchedBlocks: see `SchedulerConfiguration`. Not with a sliding window, where a sequence uses
  ///   fewer blocks than its beginning has, and that would soon be forgotten.
  init(
    blockCount: Int, blockSize: Int, slidingWindow: Int?, prefixHash: PrefixHash?,
    sparesUntouchedBlocks: Bool = false
  ) {
    precondition(blockSize > 0, "a block holds at least one token")
    self.blockSize = blockSize
    self.slidingWindow = slidingWindow
    pool = BlockPool(
      blockCount: blockCount, blockSize: blockSize, prefixHash: prefixHash,
      sparesUntouchedBlocks: sparesUntouchedBlocks && slidingWindow == nil)
  }

  /// Number of blocks in the pool, at least 1.
  package var blockCount: Int { pool.blockCount }

  /// Number of blocks that no table holds.
  package var freeBlockCount: Int { pool.freeBlockCount }

  /// Number of blocks that some table holds.
  package var usedBlockCount: Int { pool.blockCount - pool.freeBlockCount }

  /// The free blocks in order of reuse. O(free blocks), for tests and logs.
  package var freeBlocks: [Int32] { pool.freeBlocks }

  /// Number of table entries that name the block.
  package func referenceCount(of block: Int32) -> Int { pool.referenceCount(of: block) }

  /// Number of blocks that hold `tokenCount` positions.
  package func blockCount(forTokenCount tokenCount: Int) -> Int { (tokenCount + blockSize - 1) / blockSize }

  // MARK: Writing

  /// Number of free blocks that `prepareWrite` would take for the same arguments. O(blocks written).
  package func blockDemand(ofWriting positions: Range<Int>, in table: BlockTable) -> Int {
    guard !positions.isEmpty else { return 0 }
    var demand = max(0, blockCount(forTokenCount: positions.upperBound) - table.count)
    for index in writtenBlockIndices(positions, in: table)
    where pool.referenceCount(of: table.blockIDs[index]) > 1 { demand += 1 }
    return demand
  }

  /// Makes the token positions writable for this table alone, and returns whether there were blocks for it.
  ///
  /// Appends blocks until the last position has one, and replaces blocks among the written ones that other
  /// tables share: each replacement is appended to `copies`. On false nothing has changed.
  package mutating func prepareWrite(
    _ positions: Range<Int>, in table: inout BlockTable, copies: inout [BlockCopy]
  ) -> Bool {
    guard blockDemand(ofWriting: positions, in: table) <= pool.freeBlockCount else { return false }
    for index in writtenBlockIndices(positions, in: table) {
      let source = table.blockIDs[index]
      guard pool.referenceCount(of: source) > 1 else { continue }
      pool.releaseShared(source)
      let destination = pool.take()
      table.blockIDs[index] = destination
      copies.append(BlockCopy(source: source, destination: destination))
    }
    let needed = blockCount(forTokenCount: positions.upperBound)
    while table.count < needed { table.blockIDs.append(pool.take()) }
    return true
  }

  /// Indices of the table's present blocks that the positions touch.
  private func writtenBlockIndices(_ positions: Range<Int>, in table: BlockTable) -> Range<Int> {
    let lower = min(positions.lowerBound / blockSize, table.count)
    return lower..<max(lower, min(blockCount(forTokenCount: positions.upperBound), table.count))
  }

  // MARK: Sharing and freeing

  /// A second table over the same blocks, each of which gains an owner. O(blocks of the table).
  package mutating func fork(_ table: BlockTable) -> BlockTable {
    for block in table.heldBlockIDs { pool.retain(block) }
    return table
  }

  /// Gives up the table's blocks and empties it; those without another owner become free, and can be found until they
  /// are reused where the prefix cache names them. O(blocks of the table).
  package mutating func free(_ table: inout BlockTable) {
    pool.release(table.heldBlockIDs)
    table = BlockTable()
  }

  // MARK: Windows

  /// The index of the first block that a token at `position`, or any after it, sees on some layer.
  func firstVisibleBlock(from position: Int) -> Int {
    guard let slidingWindow else { return 0 }
    return max(0, position - (slidingWindow - 1)) / blockSize
  }

  /// Gives up the blocks that no token from `position` on sees, and returns how many of them became free. O(blocks given
  /// up).
  mutating func vacate(_ table: inout BlockTable, before position: Int) -> Int {
    let (first, end) = (table.vacatedCount, firstVisibleBlock(from: position))
    guard first < end else { return 0 }
    let freeBefore = freeBlockCount
    pool.release(table.blockIDs[first..<end])
    for index in first..<end { table.blockIDs[index] = BlockTable.vacated }
    table.vacatedCount = end
    return freeBlockCount - freeBefore
  }

  /// The most blocks that a table of `tokenCount` tokens holds at a time, where a step computes at most `chunk` of them.
  func greatestHeldBlockCount(tokenCount: Int, chunk: Int) -> Int {
    Self.greatestHeldBlockCount(
      tokenCount: tokenCount, chunk: chunk, blockSize: blockSize, slidingWindow: slidingWindow)
  }

  /// The most blocks that a table of `tokenCount` tokens holds at a time, where a step computes at most `chunk` of them
  /// and a token sees `slidingWindow` positions, nil for all.
  ///
  /// A step's blocks hold its tokens and what the first of them sees before it, wherever in a block they begin.
  package static func greatestHeldBlockCount(
    tokenCount: Int, chunk: Int, blockSize: Int, slidingWindow: Int?
  ) -> Int {
    let whole = tokenCount / blockSize + (tokenCount % blockSize > 0 ? 1 : 0)
    guard let slidingWindow, chunk < tokenCount, slidingWindow - 1 < tokenCount - chunk else { return whole }
    return min(whole, (slidingWindow - 1 + chunk + blockSize - 2) / blockSize + 1)
  }

  // MARK: Prefixes

  /// Finds the cached blocks that a sequence can begin with, up to the first miss; none without a prefix cache. Nothing
  /// changes hands: see `share`. O(tokens of the blocks found).
  ///
  /// - Parameter tokenCount: how many of the leading tokens the blocks may cover.
  mutating func findPrefix(of tokens: inout SequenceTokens, tokenCount: Int, into hit: inout PrefixHit) {
    hit.removeAll()
    guard let hash = pool.prefixHash else { return }
    for index in 0..<min(tokenCount, tokens.count) / blockSize {
      let key = tokens.hash(ofBlock: index, size: blockSize, hash)
      guard let found = pool.find(key, tokens.block(index, size: blockSize), after: hit.prefix) else { break }
      hit.append(found.block, endingWith: found.prefix)
    }
    let vacatedCount = firstVisibleBlock(from: hit.blocks.count * blockSize)
    hit.setVacated(
      vacatedCount,
      freeBlockCount: hit.blocks[vacatedCount...].count { pool.referenceCount(of: $0) == 0 })
  }

  /// A table that begins with blocks which `findPrefix` has just found: each that is to be held gains an owner, and leaves
  /// the free queue if it was there; the others count as used just now. O(blocks).
  mutating func share(_ hit: PrefixHit) -> BlockTable {
    var table = BlockTable()
    table.blockIDs = hit.blocks
    table.vacatedCount = hit.vacatedCount
    for block in table.heldBlockIDs { pool.retain(block) }
    for index in (0..<hit.vacatedCount).reversed() {
      pool.touch(table.blockIDs[index])
      table.blockIDs[index] = BlockTable.vacated
    }
    return table
  }

  /// Caches the blocks that a step fills, so that sequences which are admitted later can begin with them, in the same
  /// step too. O(tokens of the blocks).
  ///
  /// A block whose tokens are cached already, computed beside it, stays as it is: the first one goes on being found.
  ///
  /// - Parameters:
  ///   - indices: of the blocks of `table` that the step fills.
  ///   - prefix: the tokens before the first of them; those up to the last one's end afterwards.
  mutating func cacheBlocks(
    _ indices: Range<Int>, of table: BlockTable, holding tokens: inout SequenceTokens,
    after prefix: inout PrefixID
  ) {
    guard let hash = pool.prefixHash else { return }
    for index in indices {
      let key = tokens.hash(ofBlock: index, size: blockSize, hash)
      prefix = pool.cache(
        table.blockIDs[index], key, tokens.block(index, size: blockSize), after: prefix)
    }
  }

  /// The step under way has been computed, so what it cached stays.
  mutating func confirmCachedBlocks() { pool.confirmCachedBlocks() }

  /// Forgets what is cached: the blocks of it that are free are reused first. O(blocks). No step may be under way.
  mutating func resetPrefixCache() { pool.resetPrefixCache() }
}
