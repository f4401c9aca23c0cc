/// The blocks of the cache: who owns them, which one is used next, and which can be found by the tokens that they hold.
///
/// Freed blocks that the prefix cache does not name go in front of the queue, last in first out, so that a small job
/// touches little of a large pool; cached ones go to its end, behind those that were never used, and are reused least
/// recently used first. Invariant: free + used = total, a block is free exactly when its count is 0, and in the queue
/// cached blocks stand behind the others. All operations on one block are O(1), but for the tokens of cached ones.
struct BlockPool: Sendable {
  /// Number of blocks, at least 1.
  let blockCount: Int
  /// Whether a block that was never used, and whose memory is untouched, is left alone while as many cached blocks are
  /// free as were ever in use at a time: the pool then grows to twice that.
  private let sparesUntouchedBlocks: Bool

  /// The owners of each block that was ever used.
  private var referenceCounts: [Int32] = []
  private var freeQueue: FreeBlockQueue
  /// Finds full blocks by their tokens; nil where none are to be found.
  private var prefixCache: PrefixCache?
  /// Number of cached blocks on the free queue.
  private(set) var cachedFreeBlockCount = 0
  /// Number of blocks that were ever used: those below it.
  var touchedBlockCount: Int { referenceCounts.count }
  /// The greatest number of blocks that were in use at a time.
  private var peakUsedBlockCount = 0

  /// A pool of free blocks `0..<blockCount`, to be handed out in this order, with a prefix cache of blocks of `blockSize`
  /// tokens unless its hash is nil. `groupCount` blocks hold the same positions.
  init(
    blockCount: Int, blockSize: Int, groupCount: Int, prefixHash: PrefixHash?, sparesUntouchedBlocks: Bool
  ) {
    self.blockCount = blockCount
    self.sparesUntouchedBlocks = sparesUntouchedBlocks
    freeQueue = FreeBlockQueue(blockCount: blockCount)
    prefixCache = prefixHash.map {
      PrefixCache(blockCount: blockCount, blockSize: blockSize, groupCount: groupCount, hash: $0)
    }
  }

  /// Number of blocks without an owner.
  var freeBlockCount: Int { freeQueue.count }

  /// The free blocks in order of reuse. O(free blocks), for tests and logs.
  var freeBlocks: [Int32] { freeQueue.blocks }

  /// Number of owners of a block.
  func referenceCount(of block: Int32) -> Int {
    Int(block) < referenceCounts.count ? Int(referenceCounts[Int(block)]) : 0
  }

  // MARK: Owners

  /// Takes the block to use next, which must be there, for one owner.
  mutating func take() -> Int32 {
    let block = nextFreeBlock
    freeQueue.remove(block)
    if isCached(block) {
      prefixCache?.remove(block)
      cachedFreeBlockCount -= 1
    }
    if Int(block) == referenceCounts.count { referenceCounts.append(0) }
    referenceCounts[Int(block)] = 1
    noteUse()
    return block
  }

  /// The block to use next; one must be free.
  private var nextFreeBlock: Int32 {
    guard let first = freeQueue.first else { preconditionFailure("no free block") }
    guard sparesUntouchedBlocks, Int(first) >= touchedBlockCount,
      cachedFreeBlockCount >= max(peakUsedBlockCount, 1)
    else { return first }
    // Blocks that were never used stand together in the queue; the cached ones follow.
    guard let cached = freeQueue.firstAfterUntaken else { preconditionFailure("cached blocks are free") }
    return cached
  }

  /// Gives a block one owner more; a free one, which must be cached, leaves the queue.
  mutating func retain(_ block: Int32) {
    if referenceCounts[Int(block)] == 0 {
      freeQueue.remove(block)
      cachedFreeBlockCount -= 1
      noteUse()
    }
    referenceCounts[Int(block)] += 1
  }

  /// Takes an owner from a block that has others.
  mutating func releaseShared(_ block: Int32) {
    precondition(referenceCounts[Int(block)] > 1, "a shared block has two owners")
    referenceCounts[Int(block)] -= 1
  }

  /// Takes an owner from blocks that follow each other in a table, vacated ones apart; those without another become free,
  /// and can be found until they are reused where the prefix cache names them. The tail is reused before the head.
  mutating func release(_ blocks: [Int32]) {
    // From head to tail, so that the tail ends up in front of the queue.
    for block in blocks where block != BlockTable.vacated {
      precondition(referenceCounts[Int(block)] > 0, "block freed twice")
      referenceCounts[Int(block)] -= 1
      guard referenceCounts[Int(block)] == 0 else { continue }
      // Nobody may compute it now.
      if isPending(block) { prefixCache?.remove(block) }
      if !isCached(block) { freeQueue.prepend(block) }
    }
    guard prefixCache != nil else { return }
    for block in blocks.reversed()
    where block != BlockTable.vacated && referenceCounts[Int(block)] == 0 && isCached(block) {
      freeQueue.append(block)
      cachedFreeBlockCount += 1
    }
  }

  /// Counts a cached block as used just now, so that it is reused after the others; owned ones are anyway.
  mutating func touch(_ block: Int32) {
    guard referenceCounts[Int(block)] == 0 else { return }
    freeQueue.remove(block)
    freeQueue.append(block)
  }

  private mutating func noteUse() {
    peakUsedBlockCount = max(peakUsedBlockCount, blockCount - freeQueue.count)
  }

  // MARK: Prefixes

  /// The hash that blocks are found by; nil without a prefix cache.
  var prefixHash: PrefixHash? { prefixCache?.hash }

  /// Number of blocks that can be found.
  var cachedBlockCount: Int { prefixCache?.count ?? 0 }

  /// Whether a full block can be found by its tokens.
  func isCached(_ block: Int32) -> Bool { prefixCache?.contains(block) ?? false }

  /// Whether a block can be found, and the step that computes it is under way.
  func isPending(_ block: Int32) -> Bool { prefixCache?.isPending(block) ?? false }

  /// The tokens up to the end of a block that can be found; the root for others.
  func prefix(of block: Int32) -> PrefixID { prefixCache?.prefix(of: block) ?? .root }

  /// The token ids that a block is cached for; nil where it is not.
  func cachedTokenIDs(of block: Int32) -> ArraySlice<Int32>? {
    isCached(block) ? prefixCache?.tokenIDs(of: block) : nil
  }

  /// The block that holds `tokens` after those of `parent`, and the tokens up to its end; nil where none is cached.
  ///
  /// - Parameter key: the chained hash of the tokens.
  func find(
    _ key: UInt64, _ tokens: ArraySlice<Int32>, after parent: PrefixID
  ) -> (block: Int32, prefix: PrefixID)? {
    guard let prefixCache, let block = prefixCache.block(key, tokens, after: parent) else { return nil }
    return (block, prefixCache.prefix(of: block))
  }

  /// Caches a block that the step under way fills, and returns the tokens up to its end. Where a block of the same tokens
  /// is cached, computed beside it, that one goes on being found.
  mutating func cache(
    _ block: Int32, _ key: UInt64, _ tokens: ArraySlice<Int32>, after parent: PrefixID
  ) -> PrefixID {
    if let present = find(key, tokens, after: parent) { return present.prefix }
    let displaced = prefixCache?.insert(key, tokens, after: parent, block: block)
    if let displaced, referenceCounts[Int(displaced)] == 0 {
      freeQueue.remove(displaced)
      freeQueue.prepend(displaced)
      cachedFreeBlockCount -= 1
    }
    return prefixCache?.prefix(of: block) ?? .root
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

  /// What is wrong with the prefix cache: empty when all is well. O(highest block).
  func prefixViolations(isStepUnderWay: Bool) -> [String] {
    prefixCache?.invariantViolations(isStepUnderWay: isStepUnderWay) ?? []
  }
}
