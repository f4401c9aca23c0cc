/// The unused blocks in the order of their reuse: a doubly linked list over block ids.
///
/// Every operation is O(1), the removal from the middle too, which a prefix hit on a free block needs. Source of
/// the structure: vLLM V1, `vllm/v1/core/kv_cache_utils.py`, `FreeKVCacheBlockQueue`.
struct FreeBlockQueue: Sendable {
  /// Number of blocks in the queue.
  private(set) var count: Int

  /// Neighbours of each block; the last element of each array is the list's two ends, joined to a ring.
  private var next: [Int32]
  private var previous: [Int32]

  /// Marks a block that is not in the queue.
  private static let absent: Int32 = -1

  private var sentinel: Int { next.count - 1 }

  /// A queue of all blocks `0..<blockCount`, the lowest first.
  init(blockCount: Int) {
    precondition(blockCount > 0 && blockCount < Int(Int32.max), "a pool has 1..<\(Int32.max) blocks")
    count = blockCount
    let last = Int32(blockCount)
    next = (0...last).map { $0 == last ? 0 : $0 + 1 }
    previous = (0...last).map { $0 == 0 ? last : $0 - 1 }
  }

  /// Whether the block is in the queue.
  func contains(_ block: Int32) -> Bool { next[Int(block)] != Self.absent }

  /// The block to reuse next, nil when the queue is empty.
  var first: Int32? { count == 0 ? nil : next[sentinel] }

  /// The block behind another one, which must be in the queue and not its last.
  func block(after block: Int32) -> Int32 {
    precondition(contains(block) && Int(next[Int(block)]) != sentinel, "no block follows")
    return next[Int(block)]
  }

  /// Takes a block from wherever it stands; it must be in the queue.
  mutating func remove(_ block: Int32) {
    precondition(contains(block), "block is not free")
    let before = previous[Int(block)]
    let after = next[Int(block)]
    next[Int(before)] = after
    previous[Int(after)] = before
    next[Int(block)] = Self.absent
    previous[Int(block)] = Self.absent
    count -= 1
  }

  /// Puts a block in front, to be reused first; it must not be in the queue.
  mutating func prepend(_ block: Int32) {
    insert(block, after: Int32(sentinel))
  }

  /// Puts a block at the end, to be reused last; it must not be in the queue.
  mutating func append(_ block: Int32) {
    insert(block, after: previous[sentinel])
  }

  /// The queue in order of reuse. O(count).
  var blocks: [Int32] {
    var result: [Int32] = []
    var block = next[sentinel]
    while Int(block) != sentinel && result.count <= count {
      result.append(block)
      block = next[Int(block)]
    }
    return result
  }

  private mutating func insert(_ block: Int32, after before: Int32) {
    precondition(!contains(block), "block is free already")
    let after = next[Int(before)]
    next[Int(before)] = block
    previous[Int(block)] = before
    next[Int(block)] = after
    previous[Int(after)] = block
    count += 1
  }
}
