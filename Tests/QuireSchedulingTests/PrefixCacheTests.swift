import Testing

@testable import QuireScheduling

@Suite("Prefix cache")
struct PrefixCacheTests {
  private var manager = BlockManager(
    blockCount: 8, blockSize: 4, groups: .one(window: nil), prefixHash: PrefixHash())
  private var copies: [BlockCopy] = []

  /// Computes `ids` in a table that begins with cached blocks; the rest is cached in turn.
  private mutating func compute(_ ids: [Int32], variant: UInt64 = 0, confirms: Bool = true) -> BlockTable {
    var tokens = SequenceTokens(prompt: ids, variant: variant)
    var hit = PrefixHit()
    manager.findPrefix(of: &tokens, tokenCount: ids.count - 1, into: &hit)
    var (table, prefix) = (manager.share(hit), hit.prefix)
    let hasBlocks = manager.prepareWrite(
      hit.blocks.count * 4..<ids.count, in: &table, copies: &copies)
    #expect(hasBlocks)
    manager.cacheRows(hit.blocks.count..<ids.count / 4, of: table, holding: &tokens, after: &prefix)
    if confirms { manager.confirmCachedBlocks() }
    return table
  }

  /// The cached blocks that `ids` would begin with.
  private mutating func found(_ ids: [Int32], variant: UInt64 = 0) -> [Int32] {
    var tokens = SequenceTokens(prompt: ids, variant: variant)
    var hit = PrefixHit()
    manager.findPrefix(of: &tokens, tokenCount: ids.count, into: &hit)
    #expect(hit.freeBlockCount == hit.blocks.count { manager.referenceCount(of: $0) == 0 })
    return hit.blocks
  }

  @Test("full blocks are found up to the first that differs, partly filled ones never")
  mutating func findsFullBlocks() {
    let table = compute([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    #expect(table.blockIDs == [0, 1, 2])
    #expect(found([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) == [0, 1])
    #expect(found([1, 2, 3, 4, 5, 6, 7, 9]) == [0])
    #expect(found([1, 2, 3, 4, 5, 6, 7]) == [0])
    #expect(found([5, 6, 7, 8]) == [])
    #expect(manager.invariantViolations(tables: [table]) == [])
  }

  @Test("equal tokens of different variants share no blocks, those of one variant do")
  mutating func variants() {
    let ids: [Int32] = [1, 2, 3, 4, 5, 6, 7, 8]
    // Adding 1 to the variant and taking it from the first token makes equal hashes, which other tokens betray.
    let tables = [compute(ids), compute(ids, variant: 7), compute([0, 2, 3, 4], variant: 1)]
    #expect(tables.map(\.blockIDs) == [[0, 1], [2, 3], [4]])
    #expect(found(ids, variant: 7) == [2, 3] && found(ids, variant: 8) == [])
    #expect(found(ids, variant: 1) == [] && found([0, 2, 3, 4], variant: 1) == [4])
    #expect(manager.invariantViolations(tables: tables) == [])
  }

  @Test("blocks that were never used are spared while as many cached ones are free as were ever in use")
  mutating func sparesUntouchedBlocks() {
    manager = BlockManager(
      blockCount: 8, blockSize: 4, groups: .one(window: nil), prefixHash: PrefixHash(),
      sparesUntouchedBlocks: true)
    var first = compute(Array(10..<18))
    #expect(first.blockIDs == [0, 1])
    manager.free(&first)
    #expect(manager.freeBlocks == [2, 3, 4, 5, 6, 7, 1, 0])
    // Two are free and cached, and two were in use; then one is left.
    var second = compute(Array(20..<28))
    #expect(second.blockIDs == [1, 2])
    manager.free(&second)
    var third = compute(Array(30..<38))
    #expect(third.blockIDs == [0, 2])
    #expect(found(Array(20..<28)) == [1])
    // Three in use at a time: the cached block is kept, and later ones too.
    let fourth = compute(Array(40..<44))
    #expect(fourth.blockIDs == [3] && manager.freeBlocks == [4, 5, 6, 7, 1])
    manager.free(&third)
    let fifth = compute(Array(50..<54))
    #expect(fifth.blockIDs == [1] && manager.freeBlocks == [4, 5, 6, 7, 2, 0])
    #expect(compute(Array(60..<64)).blockIDs == [4])
    #expect(manager.pool.touchedBlockCount == 5)
  }

  @Test("a cache that is reset finds nothing, and its blocks are reused first")
  mutating func resets() {
    var first = compute(Array(10..<20))
    let second = compute(Array(20..<28))
    manager.free(&first)
    #expect(manager.freeBlocks == [2, 5, 6, 7, 1, 0])
    manager.resetPrefixCache()
    #expect(manager.freeBlocks == [1, 0, 2, 5, 6, 7])
    #expect(found(Array(10..<20)) == [] && found(Array(20..<28)) == [])
    #expect(manager.invariantViolations(tables: [second]) == [])
    #expect(compute(Array(10..<20)).blockIDs == [1, 0, 2])
    #expect(found(Array(10..<20)) == [1, 0])
  }

  @Test("a freed block is found until it is reused, and a hit takes it off the free queue")
  mutating func findsFreedBlocks() {
    var first = compute([1, 2, 3, 4, 5, 6, 7, 8, 9])
    manager.free(&first)
    // The partly filled block is reused first, the cached ones last, the tail before the head.
    #expect(manager.freeBlocks == [2, 3, 4, 5, 6, 7, 1, 0])
    var second = compute([1, 2, 3, 4, 5, 6, 7, 8, 10])
    #expect(second.blockIDs == [0, 1, 2])
    #expect(manager.freeBlocks == [3, 4, 5, 6, 7])
    manager.free(&second)
    // 28 other tokens reuse everything but the head.
    let large = compute(Array(100..<128))
    #expect(large.blockIDs == [2, 3, 4, 5, 6, 7, 1])
    #expect(found([1, 2, 3, 4, 5, 6, 7, 8, 9]) == [0])
    #expect(manager.invariantViolations(tables: [large]) == [])
  }

  @Test("cached blocks are reused least recently used first")
  mutating func leastRecentlyUsed() {
    var tables = [Int32](0..<4).map { start in compute((0..<8).map { 10 * start + $0 }) }
    #expect(tables.map(\.blockIDs) == [[0, 1], [2, 3], [4, 5], [6, 7]])
    for index in [2, 0, 3, 1] { manager.free(&tables[index]) }
    #expect(manager.freeBlocks == [5, 4, 1, 0, 7, 6, 3, 2])
    // Used again, blocks 4 and 5 become the last; block 0 stays where it is, since nobody takes it.
    var again = compute([20, 21, 22, 23, 24, 25, 26, 27, 28])
    #expect(again.blockIDs == [4, 5, 1])
    manager.free(&again)
    #expect(manager.freeBlocks == [1, 0, 7, 6, 3, 2, 5, 4])
    #expect(found([0, 1, 2, 3]) == [0] && found([0, 1, 2, 3, 4, 5, 6, 7]) == [0])
  }

  @Test("a block in use is never reused, however often its tokens are asked for")
  mutating func usedBlocksStay() {
    let used = compute([1, 2, 3, 4, 5, 6, 7, 8])
    for round in 0..<20 as Range<Int32> {
      var other = compute((0..<24).map { 1000 * round + $0 + 10 })
      #expect(Set(other.blockIDs).isDisjoint(with: used.blockIDs))
      var table = BlockTable()
      #expect(!manager.prepareWrite(0..<1, in: &table, copies: &copies))
      #expect(found([1, 2, 3, 4, 5, 6, 7, 8]) == [0, 1])
      manager.free(&other)
      #expect(manager.invariantViolations(tables: [used]) == [])
    }
  }

  @Test("of equal blocks that were computed side by side the first stays cached")
  mutating func keepsTheFirst() {
    var first = SequenceTokens(prompt: [1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9])
    var tables = [BlockTable(), BlockTable()]
    for index in 0..<2 {
      _ = manager.prepareWrite(0..<12, in: &tables[index], copies: &copies)
    }
    var prefix = PrefixID.root
    manager.cacheRows(0..<2, of: tables[0], holding: &first, after: &prefix)
    prefix = .root
    manager.cacheRows(0..<3, of: tables[1], holding: &first, after: &prefix)
    // The third block of the second follows tokens that the first holds.
    #expect(tables[1].blockIDs == [3, 4, 5] && found(first.prompt) == [0, 1, 5])
    #expect(!manager.pool.isCached(3) && !manager.pool.isCached(4))
    manager.confirmCachedBlocks()
    manager.free(&tables[1])
    #expect(manager.freeBlocks == [4, 3, 6, 7, 5])
    #expect(found(first.prompt) == [0, 1, 5])
  }

  @Test("a block that nobody computes is not found: freed before its step ends")
  mutating func pending() {
    var table = compute([1, 2, 3, 4, 5], confirms: false)
    #expect(found([1, 2, 3, 4]) == [0])
    manager.free(&table)
    #expect(found([1, 2, 3, 4]) == [] && manager.freeBlocks == [1, 0, 2, 3, 4, 5, 6, 7])
    // One that another sequence shares is computed for it.
    table = compute([1, 2, 3, 4, 5], confirms: false)
    var sharer = compute([1, 2, 3, 4, 6], confirms: false)
    #expect(table.blockIDs == [1, 0] && sharer.blockIDs == [1, 2])
    manager.free(&table)
    manager.confirmCachedBlocks()
    manager.free(&sharer)
    #expect(found([1, 2, 3, 4]) == [1])
    #expect(manager.invariantViolations(tables: []) == [])
  }

  @Test("colliding hashes are misses: equal tokens after other tokens are not found", arguments: [0, 1])
  mutating func collisions(mask: UInt64) {
    manager = BlockManager(
      blockCount: 8, blockSize: 1, groups: .one(window: nil), prefixHash: PrefixHash(mask: mask))
    var random: [[Int32]] = [[1, 2], [3, 2], [1, 4], [3, 4], [2, 1], [2, 3]]
    for _ in 0..<4 {
      for ids in random {
        var tokens = SequenceTokens(prompt: ids)
        var (table, prefix) = (BlockTable(), PrefixID.root)
        _ = manager.prepareWrite(0..<2, in: &table, copies: &copies)
        manager.cacheRows(0..<2, of: table, holding: &tokens, after: &prefix)
        manager.confirmCachedBlocks()
        held[table.blockIDs[0]] = Array(ids[..<1])
        held[table.blockIDs[1]] = ids
        manager.free(&table)
        for other in random {
          for (index, block) in found(other).enumerated() {
            #expect(held[block] == Array(other[...index]))
          }
        }
        #expect(manager.invariantViolations(tables: []) == [])
      }
      random.reverse()
    }
  }
  /// The tokens up to the end of each block, as they were computed.
  private var held: [Int32: [Int32]] = [:]

  @Test("the hash of a block depends on its tokens, their order and the tokens before")
  func hash() {
    let hash = PrefixHash()
    let lines: [[Int32]] = [
      [0, 0], [0, 1], [1, 0], [1, 2], [2, 1], [-1, 0], [.max, 0], [.min, 0], [0, 151_643],
    ]
    for parent in [PrefixHash.root, 1, .max] {
      let values = lines.map { hash.hash($0, after: parent) }
      #expect(Set(values).count == lines.count)
    }
    #expect(Set((0..<1000).map { hash.hash([7, 8], after: $0) }).count == 1000)
    #expect(PrefixHash(mask: 0).hash([1, 2, 3], after: 9) == 0)
  }
}
