/// Names the tokens from a sequence's start to the end of one cached block. A number is never used twice, so that a
/// block can tell which block before it it belongs to, also when that one has long been reused.
struct PrefixID: Sendable, Equatable {
  /// No tokens at all: what a first block follows.
  static let root = PrefixID(number: 0)

  fileprivate let number: UInt64

  /// The same tokens as what precedes a block of another group than the first: the name of that block's place. As many
  /// numbers as there are groups are set apart for a block, so that no other place and no other tokens have it.
  func place(inGroup group: Int) -> PrefixID { PrefixID(number: number + UInt64(group)) }

  /// What a block at this place is looked up by: the number itself, since nobody else has it.
  var key: UInt64 { number }
}

/// Finds full blocks by the token ids that they and all blocks before them hold.
///
/// A block is looked up by the chained hash of its tokens (`PrefixHash`), and found only where its own token ids are
/// equal and it follows the very block that the walk from the root has found before: by induction all tokens up to its
/// end are equal, and a collision of hashes is a miss. The blocks that other groups of layers have for the same positions
/// are found by the first group's (`PrefixID.place(inGroup:)`). Every operation is O(tokens of a block). Storage is reserved once
/// and touched as blocks are cached. Source: vLLM V1, `vllm/v1/core/block_pool.py` (which trusts its hashes).
struct PrefixCache: Sendable {
  /// What is kept of a block.
  private struct Entry: Sendable {
    var hash: UInt64 = 0
    /// The tokens up to this block's end; the root where the block is not cached.
    var prefix = PrefixID.root
    /// The tokens before this block.
    var parent = PrefixID.root
    /// Whether the step that computes it is under way.
    var isPending = false
  }

  /// The hash in use.
  let hash: PrefixHash
  /// Number of cached blocks.
  var count: Int { blockByHash.count }

  private let blockSize: Int
  private var blockByHash: [UInt64: Int32]
  /// The entry of each block id, as far as the highest that was ever cached.
  private var entries: [Entry] = []
  /// The cached blocks' token ids, `[entries.count × blockSize]`.
  private var tokenIDs: [Int32] = []
  /// The blocks that the step under way computes, and some that were forgotten since.
  private var pending: [Int32] = []
  private var nextPrefix: UInt64 = 1
  private let groupCount: Int

  /// An empty cache for the blocks `0..<blockCount`, of which `groupCount` hold the same positions.
  init(blockCount: Int, blockSize: Int, groupCount: Int = 1, hash: PrefixHash) {
    self.hash = hash
    self.blockSize = blockSize
    self.groupCount = groupCount
    blockByHash = Dictionary(minimumCapacity: blockCount)
    entries.reserveCapacity(blockCount)
    tokenIDs.reserveCapacity(blockCount * blockSize)
  }

  /// Whether the block can be found.
  func contains(_ block: Int32) -> Bool { prefix(of: block) != .root }

  /// Whether the block can be found, and the step that computes it is under way.
  func isPending(_ block: Int32) -> Bool { contains(block) && entries[Int(block)].isPending }

  /// The tokens up to the end of a cached block; the root for other blocks.
  func prefix(of block: Int32) -> PrefixID {
    Int(block) < entries.count ? entries[Int(block)].prefix : .root
  }

  /// The token ids of a cached block.
  func tokenIDs(of block: Int32) -> ArraySlice<Int32> {
    tokenIDs[Int(block) * blockSize..<(Int(block) + 1) * blockSize]
  }

  /// The block that holds `tokens` after the tokens of `parent`; nil where none is cached.
  ///
  /// - Parameter key: their hash.
  func block(_ key: UInt64, _ tokens: ArraySlice<Int32>, after parent: PrefixID) -> Int32? {
    guard let block = blockByHash[key], entries[Int(block)].parent == parent,
      tokenIDs(of: block).elementsEqual(tokens)
    else { return nil }
    return block
  }

  /// Caches a block that the step under way fills: pending until `confirm()`.
  ///
  /// - Parameters:
  ///   - key: the hash of `tokens`, which the block is to hold after those of `parent`.
  ///   - block: must not be cached.
  /// - Returns: a block that had the same hash and other tokens, and is no longer cached.
  mutating func insert(
    _ key: UInt64, _ tokens: ArraySlice<Int32>, after parent: PrefixID, block: Int32
  ) -> Int32? {
    precondition(!contains(block) && tokens.count == blockSize, "a block is cached once, when it is full")
    let displaced = blockByHash[key]
    if let displaced { remove(displaced) }
    grow(toHold: block)
    entries[Int(block)] = Entry(
      hash: key, prefix: PrefixID(number: nextPrefix), parent: parent, isPending: true)
    nextPrefix += UInt64(groupCount)
    tokenIDs.replaceSubrange(Int(block) * blockSize..<(Int(block) + 1) * blockSize, with: tokens)
    blockByHash[key] = block
    pending.append(block)
    return displaced
  }

  /// Forgets a block; nothing happens where it is not cached.
  mutating func remove(_ block: Int32) {
    guard contains(block) else { return }
    blockByHash[entries[Int(block)].hash] = nil
    entries[Int(block)] = Entry()
  }

  /// Forgets all blocks; none may be pending. O(highest block).
  mutating func removeAll() {
    precondition(pending.isEmpty, "a step is under way")
    blockByHash.removeAll(keepingCapacity: true)
    for block in entries.indices { entries[block] = Entry() }
  }

  /// The step under way has been computed.
  mutating func confirm() {
    for block in pending { entries[Int(block)].isPending = false }
    pending.removeAll(keepingCapacity: true)
  }

  private mutating func grow(toHold block: Int32) {
    let missing = Int(block) + 1 - entries.count
    guard missing > 0 else { return }
    entries.append(contentsOf: repeatElement(Entry(), count: missing))
    tokenIDs.append(contentsOf: repeatElement(0, count: missing * blockSize))
  }

  /// What is wrong with the cache: empty when all is well. O(highest block).
  func invariantViolations(isStepUnderWay: Bool) -> [String] {
    var violations: [String] = []
    let cached = entries.indices.filter { contains(Int32($0)) }
    if cached.count != blockByHash.count {
      violations.append("\(cached.count) blocks are cached, but the table has \(blockByHash.count)")
    }
    for block in cached where blockByHash[entries[block].hash] != Int32(block) {
      violations.append("cached block \(block) is not found by its hash")
    }
    let pending = cached.filter { entries[$0].isPending }
    if !isStepUnderWay && !pending.isEmpty { violations.append("blocks \(pending) are still pending") }
    return violations
  }
}
