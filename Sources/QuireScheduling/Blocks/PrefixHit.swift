/// The cached blocks that a sequence can begin with.
struct PrefixHit: Sendable, Equatable {
  /// The blocks, row by row from the sequence's start; `BlockTable.vacated` for those of windowed groups that were not
  /// looked for, since the token after the rows does not see them.
  private(set) var blocks: [Int32] = []
  /// Number of rows.
  private(set) var count = 0
  /// How many of the rows, the first ones, the token after them does not see in the windowed groups: their blocks of
  /// these are not to be held.
  private(set) var vacatedCount = 0
  /// How many of the blocks that are to be held no table holds.
  private(set) var freeBlockCount = 0
  /// The tokens up to the last row's end.
  private(set) var prefix = PrefixID.root

  /// Number of rows whose windowed blocks are to be held.
  var windowedRowCount: Int { count - vacatedCount }

  /// No block, the memory kept.
  mutating func removeAll() {
    blocks.removeAll(keepingCapacity: true)
    count = 0
    vacatedCount = 0
    freeBlockCount = 0
    prefix = .root
  }

  /// Adds a row: its first block, and `vacated` for its others.
  mutating func appendRow(_ block: Int32, groupCount: Int, endingWith prefix: PrefixID) {
    blocks.append(block)
    for _ in 1..<groupCount { blocks.append(BlockTable.vacated) }
    count += 1
    self.prefix = prefix
  }

  /// Puts a block that was found into a row.
  mutating func set(_ block: Int32, at index: Int) { blocks[index] = block }

  /// Drops all rows but the first ones.
  ///
  /// - Parameter prefix: the tokens up to their end.
  mutating func truncate(toRows count: Int, groupCount: Int, endingWith prefix: PrefixID) {
    blocks.removeLast((self.count - count) * groupCount)
    self.count = count
    self.prefix = prefix
  }

  /// Notes in how many of the rows windowed blocks are not to be held, and how many of the blocks to be held are free.
  mutating func setVacated(_ count: Int, freeBlockCount: Int) {
    vacatedCount = count
    self.freeBlockCount = freeBlockCount
  }
}
