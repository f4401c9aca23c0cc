/// Gives sequences their tables of cache blocks, out of a fixed pool that they share by reference counts.
///
/// Allocation is all or nothing: where it fails, counts, tables and the order of reuse are what they were. Invariant: the
/// count of each block is the number of table entries that name it. Source: Kwon et al. 2023, arXiv 2309.06180, section 4.
package struct BlockManager: Sendable {
  /// Number of token positions in a block, at least 1.
  package let blockSize: Int
  /// The groups of layers, each with a block in every row of a table.
  package let groups: BlockGroups

  private(set) var pool: BlockPool

  /// A pool of free blocks `0..<blockCount`, to be handed out in this order, for one group of layers that see all.
  package init(blockCount: Int, blockSize: Int) {
    self.init(blockCount: blockCount, blockSize: blockSize, groups: .one(window: nil), prefixHash: nil)
  }

  /// A pool as above for any groups, with a prefix cache of that hash unless it is nil.
  ///
  /// - Parameter sparesUntouchedBlocks: see `SchedulerConfiguration`. Not where all groups have a window: a sequence then
  ///   uses fewer blocks than its beginning has, and that would soon be forgotten.
  init(
    blockCount: Int, blockSize: Int, groups: BlockGroups, prefixHash: PrefixHash?,
    sparesUntouchedBlocks: Bool = false
  ) {
    precondition(blockSize > 0, "a block holds at least one token")
    self.blockSize = blockSize
    self.groups = groups
    pool = BlockPool(
      blockCount: blockCount, blockSize: blockSize, groupCount: groups.count, prefixHash: prefixHash,
      sparesUntouchedBlocks: sparesUntouchedBlocks && groups.fullCount > 0)
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

  /// Number of rows of a table that hold `tokenCount` positions.
  package func rowCount(forTokenCount tokenCount: Int) -> Int { (tokenCount + blockSize - 1) / blockSize }

  // MARK: Writing

  /// Number of free blocks that `prepareWrite` would take for the same arguments. O(blocks written).
  package func blockDemand(ofWriting positions: Range<Int>, in table: BlockTable) -> Int {
    guard !positions.isEmpty else { return 0 }
    var demand = max(0, rowCount(forTokenCount: positions.upperBound) - table.count) * groups.count
    for index in writtenBlockIndices(positions, in: table)
    where pool.referenceCount(of: table.blockIDs[index]) > 1 { demand += 1 }
    return demand
  }

  /// Makes the token positions writable for this table alone, and returns whether there were blocks for it.
  ///
  /// Appends rows until the last position has one, and replaces blocks among the written ones that other
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
    let needed = rowCount(forTokenCount: positions.upperBound)
    while table.count < needed {
      for _ in 0..<groups.count { table.blockIDs.append(pool.take()) }
      table.count += 1
    }
    return true
  }

  /// Indices of the table's present blocks that the positions touch.
  private func writtenBlockIndices(_ positions: Range<Int>, in table: BlockTable) -> Range<Int> {
    let lower = min(positions.lowerBound / blockSize, table.count)
    let upper = max(lower, min(rowCount(forTokenCount: positions.upperBound), table.count))
    return lower * groups.count..<upper * groups.count
  }

  /// Gives up the rows behind those that hold `tokenCount` positions. O(blocks given up).
  mutating func trim(_ table: inout BlockTable, toTokenCount tokenCount: Int) {
    let kept = rowCount(forTokenCount: tokenCount)
    guard kept < table.count else { return }
    pool.release(Array(table.blockIDs[(kept * groups.count)...]))
    table.blockIDs.removeSubrange((kept * groups.count)...)
    table.count = kept
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
    pool.release(table.blockIDs)
    table = BlockTable()
  }

  // MARK: Windows

  /// The index of the first row that a token at `position`, or any after it, sees in the windowed groups; 0 where there
  /// are none.
  func firstVisibleRow(from position: Int) -> Int {
    guard let window = groups.window else { return 0 }
    return max(0, position - (window - 1)) / blockSize
  }

  /// Gives up the blocks that no token from `position` on sees, and returns how many of them became free. O(blocks given
  /// up).
  mutating func vacate(_ table: inout BlockTable, before position: Int) -> Int {
    let (first, end) = (table.vacatedCount, firstVisibleRow(from: position))
    guard first < end else { return 0 }
    var givenUp: [Int32] = []
    for row in first..<end {
      for index in windowedIndices(ofRow: row) {
        givenUp.append(table.blockIDs[index])
        table.blockIDs[index] = BlockTable.vacated
      }
    }
    table.vacatedCount = end
    let freeBefore = freeBlockCount
    pool.release(givenUp)
    return freeBlockCount - freeBefore
  }

  /// The indices of a row's blocks of windowed groups.
  private func windowedIndices(ofRow row: Int) -> Range<Int> {
    row * groups.count + groups.fullCount..<(row + 1) * groups.count
  }

  /// The most rows of a table of `tokenCount` tokens whose windowed blocks are held at a time, where a step computes at
  /// most `chunk` of them.
  func greatestWindowedRowCount(tokenCount: Int, chunk: Int) -> Int {
    groups.greatestWindowedRowCount(tokenCount: tokenCount, chunk: chunk, blockSize: blockSize)
  }

  // MARK: Prefixes

  /// Finds the cached blocks that a sequence can begin with, up to the first miss in a group that sees all, and with all
  /// that the windowed groups see of them; none without a prefix cache. Nothing changes hands: see `share`. O(tokens of
  /// the blocks found).
  ///
  /// The first group is walked from the sequence's start; where it has a row's block, so may the others.
  ///
  /// - Parameter tokenCount: how many of the leading tokens the blocks may cover.
  mutating func findPrefix(of tokens: inout SequenceTokens, tokenCount: Int, into hit: inout PrefixHit) {
    hit.removeAll()
    guard let hash = pool.prefixHash else { return }
    let walkedCount = max(groups.fullCount, 1)
    for row in 0..<min(tokenCount, tokens.count) / blockSize {
      let key = tokens.hash(ofBlock: row, size: blockSize, hash)
      guard let found = pool.find(key, tokens.block(row, size: blockSize), after: hit.prefix) else { break }
      let before = hit.prefix
      hit.appendRow(found.block, groupCount: groups.count, endingWith: found.prefix)
      guard find(1..<walkedCount, row, tokens, into: &hit) else {
        hit.truncate(toRows: row, groupCount: groups.count, endingWith: before)
        break
      }
    }
    findWindows(walkedCount..<groups.count, tokens, into: &hit)
    let vacatedCount = firstVisibleRow(from: hit.count * blockSize)
    var freeBlockCount = 0
    for row in 0..<hit.count {
      let windowed = windowedIndices(ofRow: row)
      for index in row * groups.count..<(row < vacatedCount ? windowed.lowerBound : windowed.upperBound)
      where pool.referenceCount(of: hit.blocks[index]) == 0 { freeBlockCount += 1 }
    }
    hit.setVacated(vacatedCount, freeBlockCount: freeBlockCount)
  }

  /// Finds a row's blocks of some groups other than the first, whose block of it the hit has; false where one is missing.
  private func find(
    _ others: Range<Int>, _ row: Int, _ tokens: SequenceTokens, into hit: inout PrefixHit
  ) -> Bool {
    guard !others.isEmpty else { return true }
    let prefix = pool.prefix(of: hit.blocks[row * groups.count])
    for group in others {
      let place = prefix.place(inGroup: group)
      guard let found = pool.find(place.key, tokens.block(row, size: blockSize), after: place) else {
        return false
      }
      hit.set(found.block, at: row * groups.count + group)
    }
    return true
  }

  /// Shortens a hit to the longest whose last rows, those that the token after them sees, are there in the windowed
  /// groups, too.
  private func findWindows(_ windowed: Range<Int>, _ tokens: SequenceTokens, into hit: inout PrefixHit) {
    guard !windowed.isEmpty else { return }
    var (row, end) = (hit.count, hit.count)
    while row > firstVisibleRow(from: end * blockSize) {
      row -= 1
      if !find(windowed, row, tokens, into: &hit) { end = row }
    }
    let prefix = end == 0 ? .root : pool.prefix(of: hit.blocks[(end - 1) * groups.count])
    hit.truncate(toRows: end, groupCount: groups.count, endingWith: prefix)
  }

  /// A table that begins with blocks which `findPrefix` has just found: each that is to be held gains an owner, and leaves
  /// the free queue if it was there; the others count as used just now. O(blocks).
  mutating func share(_ hit: PrefixHit) -> BlockTable {
    var table = BlockTable()
    table.blockIDs = hit.blocks
    table.count = hit.count
    table.vacatedCount = hit.vacatedCount
    var touched: [Int32] = []
    for index in (0..<hit.vacatedCount).flatMap(windowedIndices) {
      if hit.blocks[index] != BlockTable.vacated { touched.append(hit.blocks[index]) }
      table.blockIDs[index] = BlockTable.vacated
    }
    for block in table.heldBlockIDs { pool.retain(block) }
    for block in touched.reversed() { pool.touch(block) }
    return table
  }

  /// Caches the blocks that a step fills, so that sequences which are admitted later can begin with them, in the same
  /// step too. O(tokens of the blocks).
  ///
  /// A block whose tokens are cached already, computed beside it, stays as it is: the first one goes on being found.
  ///
  /// - Parameters:
  ///   - rows: of `table` that the step fills.
  ///   - prefix: the tokens before the first of them; those up to the last one's end afterwards.
  mutating func cacheRows(
    _ rows: Range<Int>, of table: BlockTable, holding tokens: inout SequenceTokens,
    after prefix: inout PrefixID
  ) {
    guard let hash = pool.prefixHash else { return }
    for row in rows {
      let key = tokens.hash(ofBlock: row, size: blockSize, hash)
      let held = tokens.block(row, size: blockSize)
      let first = row * groups.count
      prefix = pool.cache(table.blockIDs[first], key, held, after: prefix)
      for group in 1..<groups.count {
        let place = prefix.place(inGroup: group)
        _ = pool.cache(table.blockIDs[first + group], place.key, held, after: place)
      }
    }
  }

  /// The step under way has been computed, so what it cached stays.
  mutating func confirmCachedBlocks() { pool.confirmCachedBlocks() }

  /// Forgets what is cached: the blocks of it that are free are reused first. O(blocks). No step may be under way.
  mutating func resetPrefixCache() { pool.resetPrefixCache() }
}
