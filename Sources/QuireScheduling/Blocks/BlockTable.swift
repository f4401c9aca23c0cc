/// The cache blocks of one sequence: token position `p` lies in row `p / blockSize`, at offset `p % blockSize`. A row has
/// one block for each group of layers, in the order of `BlockGroups`.
///
/// A plain list; only `BlockManager` changes it, which counts every entry as one owner of its block, but for those that
/// are vacated: blocks given up because no layer of their group sees their positions any more. They are those of the
/// windowed groups in the first rows, so that every other keeps its place.
package struct BlockTable: Sendable, Equatable {
  /// What stands for a vacated block.
  package static let vacated: Int32 = -1

  /// The blocks, row by row, each below the pool's block count; `vacated` for the windowed groups of the first
  /// `vacatedCount` rows.
  package internal(set) var blockIDs: [Int32] = []
  /// Number of rows.
  package internal(set) var count = 0
  /// Number of rows whose windowed blocks are vacated.
  package internal(set) var vacatedCount = 0

  /// A table without blocks.
  package init() {}

  /// Number of blocks in a row; 1 where there is no row.
  package var groupCount: Int { count == 0 ? 1 : blockIDs.count / count }

  /// The blocks that the table owns.
  package var heldBlockIDs: some Swift.Sequence<Int32> { blockIDs.lazy.filter { $0 != Self.vacated } }
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
