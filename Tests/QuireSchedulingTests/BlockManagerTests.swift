import QuireTestSupport
import Testing

@testable import QuireScheduling

@Suite("Block manager")
struct BlockManagerTests {
  private var manager = BlockManager(blockCount: 10, blockSize: 4)
  private var copies: [BlockCopy] = []

  @Test("blocks are handed out in order, as many as the positions need")
  mutating func handsOutInOrder() {
    var table = BlockTable()
    #expect(manager.prepareWrite(0..<9, in: &table, copies: &copies))
    #expect(table.blockIDs == [0, 1, 2])
    #expect(manager.prepareWrite(9..<12, in: &table, copies: &copies))
    #expect(table.blockIDs == [0, 1, 2])
    #expect(manager.prepareWrite(12..<13, in: &table, copies: &copies))
    #expect(table.blockIDs == [0, 1, 2, 3])
    #expect(copies.isEmpty)
    #expect(manager.freeBlocks == [4, 5, 6, 7, 8, 9])
  }

  @Test("a freed tail is reused first, the blocks freed last before those freed earlier")
  mutating func reusesTailFirst() {
    var first = BlockTable()
    var second = BlockTable()
    _ = manager.prepareWrite(0..<12, in: &first, copies: &copies)
    _ = manager.prepareWrite(0..<8, in: &second, copies: &copies)
    manager.free(&first)
    #expect(manager.freeBlocks == [2, 1, 0, 5, 6, 7, 8, 9])
    manager.free(&second)
    #expect(manager.freeBlocks == [4, 3, 2, 1, 0, 5, 6, 7, 8, 9])
    #expect(first.blockIDs.isEmpty && second.blockIDs.isEmpty)
    _ = manager.prepareWrite(0..<12, in: &first, copies: &copies)
    #expect(first.blockIDs == [4, 3, 2])
  }

  @Test("a failed allocation changes nothing")
  mutating func failureChangesNothing() {
    var table = BlockTable()
    var large = BlockTable()
    _ = manager.prepareWrite(0..<10, in: &table, copies: &copies)
    var shared = manager.fork(table)
    _ = manager.prepareWrite(0..<28, in: &large, copies: &copies)
    #expect(manager.freeBlockCount == 0)
    let (freeBlocks, before) = (manager.freeBlocks, shared)
    // The write needs a copy of the shared third block and one block more.
    #expect(manager.blockDemand(ofWriting: 10..<13, in: shared) == 2)
    #expect(!manager.prepareWrite(10..<13, in: &shared, copies: &copies))
    #expect(shared == before && manager.freeBlocks == freeBlocks && copies.isEmpty)
    #expect((0..<10).map { manager.referenceCount(of: $0) } == [2, 2, 2, 1, 1, 1, 1, 1, 1, 1])
    #expect(manager.invariantViolations(tables: [table, shared, large]) == [])
  }

  @Test("the first write into a shared block copies it, the last owner writes in place")
  mutating func copiesOnWrite() {
    var parent = BlockTable()
    _ = manager.prepareWrite(0..<6, in: &parent, copies: &copies)
    var child = manager.fork(parent)
    #expect(manager.prepareWrite(6..<7, in: &child, copies: &copies))
    #expect(copies == [BlockCopy(source: 1, destination: 2)])
    #expect(child.blockIDs == [0, 2] && parent.blockIDs == [0, 1])
    #expect(manager.prepareWrite(6..<7, in: &parent, copies: &copies))
    #expect(copies.count == 1 && parent.blockIDs == [0, 1])
    #expect(manager.referenceCount(of: 0) == 2)
    #expect(manager.invariantViolations(tables: [parent, child]) == [])
  }

  @Test("a write past a full shared block copies nothing")
  mutating func sharesFullBlocks() {
    var parent = BlockTable()
    _ = manager.prepareWrite(0..<8, in: &parent, copies: &copies)
    var child = manager.fork(parent)
    #expect(manager.prepareWrite(8..<9, in: &child, copies: &copies))
    #expect(copies.isEmpty && child.blockIDs == [0, 1, 2])
  }

  @Test("a shared block becomes free with its last owner")
  mutating func freesWithLastOwner() {
    var tables = [BlockTable()]
    _ = manager.prepareWrite(0..<8, in: &tables[0], copies: &copies)
    tables.append(manager.fork(tables[0]))
    tables.append(manager.fork(tables[1]))
    #expect(manager.usedBlockCount == 2)
    for index in [1, 0] {
      manager.free(&tables[index])
      #expect(manager.freeBlockCount == 8)
    }
    manager.free(&tables[2])
    #expect(manager.freeBlocks == [1, 0, 2, 3, 4, 5, 6, 7, 8, 9])
  }

  @Test("random forks, writes and frees keep every count equal to its owners", arguments: 0..<8)
  func randomOperations(seed: Int) {
    var random = TestRandom(seed: UInt64(seed))
    for _ in 0..<100 {
      let blockCount = random.below(12) + 1
      var manager = BlockManager(blockCount: blockCount, blockSize: random.below(4) + 1)
      var tables: [(table: BlockTable, tokenCount: Int)] = []
      for _ in 0..<40 {
        switch random.below(4) {
        case 0: tables.append((BlockTable(), 0))
        case 1 where !tables.isEmpty:
          let parent = tables[random.below(tables.count)]
          tables.append((manager.fork(parent.table), parent.tokenCount))
        case 2 where !tables.isEmpty:
          let index = random.below(tables.count)
          manager.free(&tables[index].table)
          tables.remove(at: index)
        default:
          guard !tables.isEmpty else { continue }
          expectSoundWrite(&tables[random.below(tables.count)], random.below(9) + 1, &manager)
        }
        #expect(manager.invariantViolations(tables: tables.map(\.table)) == [])
      }
      for index in tables.indices { manager.free(&tables[index].table) }
      #expect(manager.freeBlockCount == blockCount)
    }
  }

  /// Writes and checks that what was written belongs to this table alone, and that the demand was foretold.
  private func expectSoundWrite(
    _ entry: inout (table: BlockTable, tokenCount: Int), _ count: Int, _ manager: inout BlockManager
  ) {
    let positions = entry.tokenCount..<entry.tokenCount + count
    let (freeBefore, tableBefore) = (manager.freeBlockCount, entry.table)
    let demand = manager.blockDemand(ofWriting: positions, in: entry.table)
    var copies: [BlockCopy] = []
    guard manager.prepareWrite(positions, in: &entry.table, copies: &copies) else {
      #expect(demand > freeBefore && entry.table == tableBefore && copies.isEmpty)
      #expect(manager.freeBlockCount == freeBefore)
      return
    }
    #expect(manager.freeBlockCount == freeBefore - demand)
    for position in positions {
      #expect(manager.referenceCount(of: entry.table.blockIDs[position / manager.blockSize]) == 1)
    }
    for copy in copies {
      #expect(tableBefore.blockIDs.contains(copy.source) && entry.table.blockIDs.contains(copy.destination))
    }
    entry.tokenCount += count
  }
}

@Suite("Free block queue")
struct FreeBlockQueueTests {
  @Test("a block leaves from the middle, and the rest keeps its order")
  func removesFromMiddle() {
    var queue = FreeBlockQueue(blockCount: 5)
    for block: Int32 in 0..<3 { queue.remove(block) }
    #expect(queue.blocks == [3, 4] && !queue.contains(2) && queue.contains(4))
    queue.prepend(1)
    queue.prepend(0)
    queue.append(2)
    #expect(queue.blocks == [0, 1, 3, 4, 2] && queue.firstAfterUntaken == 2)
    queue.remove(1)
    #expect(queue.blocks == [0, 3, 4, 2] && !queue.contains(1))
    queue.remove(3)
    queue.remove(2)
    #expect(queue.blocks == [0, 4] && queue.first == 0 && queue.firstAfterUntaken == nil)
    queue.append(3)
    queue.prepend(1)
    #expect(queue.blocks == [1, 0, 4, 3] && queue.count == 4)
    for block: Int32 in [1, 0, 4, 3] {
      #expect(queue.first == block)
      queue.remove(block)
    }
    #expect(queue.first == nil && queue.firstAfterUntaken == nil)
    queue.append(3)
    #expect(queue.blocks == [3] && queue.firstAfterUntaken == nil)
  }

  @Test("a pool of two thousand million blocks takes no memory until they are used")
  func isLazy() {
    var queue = FreeBlockQueue(blockCount: Int(Int32.max) - 2)
    #expect(queue.first == 0 && queue.contains(Int32.max - 3))
    queue.remove(0)
    #expect(queue.first == 1 && queue.count == Int(Int32.max) - 3)
  }
}
