/// The cached blocks that a sequence can begin with.
struct PrefixHit: Sendable, Equatable {
  /// The blocks, from the sequence's start.
  private(set) var blocks: [Int32] = []
  /// How many of them, the first ones, the token after them does not see: they are not to be held.
  private(set) var vacatedCount = 0
  /// How many of the others no table holds.
  private(set) var freeBlockCount = 0
  /// The tokens up to the last one's end.
  private(set) var prefix = PrefixID.root

  /// Number of blocks that are to be held.
  var heldCount: Int { blocks.count - vacatedCount }

  /// No block, the memory kept.
  mutating func removeAll() {
    blocks.removeAll(keepingCapacity: true)
    vacatedCount = 0
    freeBlockCount = 0
    prefix = .root
  }

  /// Adds the block behind the last one.
  mutating func append(_ block: Int32, endingWith prefix: PrefixID) {
    blocks.append(block)
    self.prefix = prefix
  }

  /// Notes how many of the blocks are not to be held, and how many of the others are free.
  mutating func setVacated(_ count: Int, freeBlockCount: Int) {
    vacatedCount = count
    self.freeBlockCount = freeBlockCount
  }
}
