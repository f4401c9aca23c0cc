/// The unused blocks in the order of their reuse: a doubly linked list over block ids.
///
/// Blocks that were never taken are one link together, so that memory goes by the blocks that were ever in use and not
/// by the pool: they leave from the lowest up. Every operation is amortised O(1), the removal from the middle too, which
/// a prefix hit on a free block needs. Source of the structure: vLLM V1, `vllm/v1/core/kv_cache_utils.py`,
/// `FreeKVCacheBlockQueue`.
struct FreeBlockQueue: Sendable {
  /// Number of blocks in the queue.
  private(set) var count: Int

  /// Neighbours of each link: first the list's two ends, joined to a ring, then the blocks that were never taken, then
  /// each block below them.
  private var next: [Int32]
  private var previous: [Int32]
  /// Number of blocks, and of those that were ever taken: the blocks below it.
  private let blockCount: Int
  private var takenCount = 0

  /// Marks a block that is not in the queue.
  private static let absent: Int32 = -1
  private static let (ends, untaken): (Int32, Int32) = (0, 1)
  private static let firstBlock: Int32 = 2

  /// A queue of all blocks `0..<blockCount`, the lowest first.
  init(blockCount: Int) {
    precondition(blockCount > 0 && blockCount < Int(Int32.max) - 1, "a pool has 1..<\(Int32.max - 1) blocks")
    count = blockCount
    self.blockCount = blockCount
    next = [Self.untaken, Self.ends]
    previous = [Self.untaken, Self.ends]
  }

  /// Whether the block is in the queue.
  func contains(_ block: Int32) -> Bool {
    Int(block) >= takenCount || next[Int(block + Self.firstBlock)] != Self.absent
  }

  /// The block to reuse next, nil when the queue is empty.
  var first: Int32? { block(of: next[Int(Self.ends)]) }

  /// The first block behind those that were never taken; nil where there is none, or none of those is left.
  var firstAfterUntaken: Int32? { takenCount < blockCount ? block(of: next[Int(Self.untaken)]) : nil }

  private func block(of link: Int32) -> Int32? {
    switch link {
    case Self.ends: nil
    case Self.untaken: Int32(takenCount)
    default: link - Self.firstBlock
    }
  }

  /// Takes a block from wherever it stands; it must be in the queue, and no block below it may be one that was never
  /// taken.
  mutating func remove(_ block: Int32) {
    precondition(contains(block), "block is not free")
    count -= 1
    guard Int(block) < takenCount else {
      precondition(Int(block) == takenCount, "blocks are first taken in their order")
      takenCount += 1
      next.append(Self.absent)
      previous.append(Self.absent)
      if takenCount == blockCount { unlink(Self.untaken) }
      return
    }
    unlink(block + Self.firstBlock)
  }

  private mutating func unlink(_ link: Int32) {
    let (before, after) = (previous[Int(link)], next[Int(link)])
    next[Int(before)] = after
    previous[Int(after)] = before
    next[Int(link)] = Self.absent
    previous[Int(link)] = Self.absent
  }

  /// Puts a block in front, to be reused first; it must not be in the queue.
  mutating func prepend(_ block: Int32) {
    insert(block, after: Self.ends)
  }

  /// Puts a block at the end, to be reused last; it must not be in the queue.
  mutating func append(_ block: Int32) {
    insert(block, after: previous[Int(Self.ends)])
  }

  /// The queue in order of reuse. O(count).
  var blocks: [Int32] {
    var result: [Int32] = []
    var link = next[Int(Self.ends)]
    while link != Self.ends && result.count <= count {
      if link == Self.untaken {
        result += Int32(takenCount)..<Int32(blockCount)
      } else {
        result.append(link - Self.firstBlock)
      }
      link = next[Int(link)]
    }
    return result
  }

  private mutating func insert(_ block: Int32, after before: Int32) {
    precondition(!contains(block), "block is free already")
    let link = block + Self.firstBlock
    let after = next[Int(before)]
    next[Int(before)] = link
    previous[Int(link)] = before
    next[Int(link)] = after
    previous[Int(after)] = link
    count += 1
  }
}
