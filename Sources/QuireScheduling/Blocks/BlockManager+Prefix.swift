/// The cached blocks that a sequence can begin with.
struct PrefixHit: Sendable, Equatable {
  /// The blocks, from the sequence's start.
  fileprivate(set) var blocks: [Int32] = []
  /// How many of them, the first ones, the token after them does not see: they are not to be held.
  fileprivate(set) var vacatedCount = 0
  /// How many of the others no table holds.
  fileprivate(set) var freeBlockCount = 0
  /// The tokens up to the last one's end.
  fileprivate(set) var prefix = PrefixID.root

  /// No block, the memory kept.
  mutating func removeAll() {
    blocks.removeAll(keepingCapacity: true)
    vacatedCount = 0
    freeBlockCount = 0
    prefix = .root
  }
}

extension BlockManager {
  /// Whether a full block can be found by its tokens.
  func isCached(_ block: Int32) -> Bool { prefixCache?.contains(block) ?? false }

  /// Whether a block can be found, and the step that computes it is under way.
  func isPending(_ block: Int32) -> Bool { prefixCache?.isPending(block) ?? false }

  /// Finds the cached blocks that a sequence can begin with, up to the first miss; none without a prefix cache. Nothing
  /// changes hands: see `share`. O(tokens of the blocks found).
  ///
  /// - Parameter tokenCount: how many of the leading tokens the blocks may cover.
  mutating func findPrefix(of tokens: inout SequenceTokens, tokenCount: Int, into hit: inout PrefixHit) {
    hit.removeAll()
    guard let prefixCache else { return }
    for index in 0..<min(tokenCount, tokens.count) / blockSize {
      let key = tokens.hash(ofBlock: index, size: blockSize, prefixCache.hash)
      guard
        let block = prefixCache.block(key, tokens.block(index, size: blockSize), after: hit.prefix)
      else { break }
      hit.blocks.append(block)
      hit.prefix = prefixCache.prefix(of: block)
    }
    hit.vacatedCount = firstVisibleBlock(from: hit.blocks.count * blockSize)
    hit.freeBlockCount = hit.blocks[hit.vacatedCount...].count { referenceCounts[Int($0)] == 0 }
  }

  /// A table that begins with blocks which `findPrefix` has just found: each that is to be held gains an owner, and leaves
  /// the free queue if it was there; the others count as used just now. O(blocks).
  mutating func share(_ hit: PrefixHit) -> BlockTable {
    var table = BlockTable()
    table.blockIDs = hit.blocks
    table.vacatedCount = hit.vacatedCount
    for block in table.heldBlockIDs {
      if referenceCounts[Int(block)] == 0 {
        freeQueue.remove(block)
        cachedFreeBlockCount -= 1
      }
      referenceCounts[Int(block)] += 1
    }
    noteUse()
    for index in (0..<hit.vacatedCount).reversed() {
      let block = table.blockIDs[index]
      table.blockIDs[index] = BlockTable.vacated
      guard referenceCounts[Int(block)] == 0 else { continue }
      freeQueue.remove(block)
      freeQueue.append(block)
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
    guard let hash = prefixCache?.hash else { return }
    for index in indices {
      let block = table.blockIDs[index]
      let key = tokens.hash(ofBlock: index, size: blockSize, hash)
      let held = tokens.block(index, size: blockSize)
      if let present = prefixCache?.block(key, held, after: prefix) {
        prefix = prefixCache?.prefix(of: present) ?? .root
        continue
      }
      let displaced = prefixCache?.insert(key, held, after: prefix, block: block)
      if let displaced, referenceCounts[Int(displaced)] == 0 {
        freeQueue.remove(displaced)
        freeQueue.prepend(displaced)
        cachedFreeBlockCount -= 1
      }
      prefix = prefixCache?.prefix(of: block) ?? .root
    }
  }

  /// The step under way has been computed, so what it cached stays.
  mutating func confirmCachedBlocks() { prefixCache?.confirm() }

  /// Forgets what is cached: the blocks of it that are free are reused first. O(blocks). No step may be under way.
  mutating func resetPrefixCache() {
    for block in freeBlocks.reversed() where isCached(block) {
      freeQueue.remove(block)
      freeQueue.prepend(block)
    }
    cachedFreeBlockCount = 0
    prefixCache?.removeAll()
  }
}
