/// The cache blocks of one sequence: token position `p` lives in block `blockIDs[p / blockSize]`, at offset
/// `p % blockSize`.
///
/// A plain list; only `BlockManager` changes it, which counts every entry as one owner of its block, but for those that
/// are vacated: blocks given up because no layer sees their positions any more. They are the first ones, so that every
/// other keeps its index.
package struct BlockTable: Sendable, Equatable {
  /// What stands for a vacated block.
  package static let vacated: Int32 = -1

  /// The blocks, in order of position, each below the pool's block count; `vacated` for the first `vacatedCount`.
  package internal(set) var blockIDs: [Int32] = []
  /// Number of vacated entries.
  package internal(set) var vacatedCount = 0

  /// A table without blocks.
  package init() {}

  /// Number of entries.
  package var count: Int { blockIDs.count }

  /// The blocks that the table owns.
  package var heldBlockIDs: ArraySlice<Int32> { blockIDs[vacatedCount...] }
}

/// One block whose contents must be copied before the step writes: the answer to a write into a shared block.
package struct BlockCopy: Sendable, Equatable {
  /// The shared block, which stays with its other owners.
  package let source: Int32
  /// The block that takes its place in the writing sequence's table.
  package let destination: Int32

  /// A copy from `source` to `destination`.
  package init(source: Int32, destination: Int32) {
    self.source = source
    self.destination = destination
  }
}
