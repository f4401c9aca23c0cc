/// The cache blocks of one sequence: token position `p` lives in block `blockIDs[p / blockSize]`, at offset
/// `p % blockSize`.
///
/// A plain list; only `BlockManager` changes it, which counts every entry as one owner of its block.
package struct BlockTable: Sendable, Equatable {
  /// The blocks, in order of position, each below the pool's block count.
  package internal(set) var blockIDs: [Int32] = []

  /// A table without blocks.
  package init() {}

  /// Number of blocks.
  package var count: Int { blockIDs.count }
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
