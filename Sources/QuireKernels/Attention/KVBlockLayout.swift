/// Where keys and values of one layer lie in a block of the paged cache, counted in floats.
///
/// A block holds `blockSize` consecutive positions of one sequence: first the keys as
/// `[keyValueHead][dimension][position]` (lane = position in the score loop), then the values as
/// `[keyValueHead][position][dimension]` (lane = dimension in the weighted sum).
package struct KVBlockLayout: Sendable, Equatable {
  /// Key/value heads; at least 1.
  package let keyValueHeadCount: Int
  /// Elements of a head; at least 1.
  package let headDimension: Int
  /// Positions of a block; at least 1.
  package let blockSize: Int

  /// Describes blocks of `blockSize` positions.
  package init(keyValueHeadCount: Int, headDimension: Int, blockSize: Int) {
    self.keyValueHeadCount = keyValueHeadCount
    self.headDimension = headDimension
    self.blockSize = blockSize
  }

  /// Floats of a block of one layer.
  @inline(__always)
  package var blockElementCount: Int { 2 * keyValueHeadCount * headDimension * blockSize }

  /// Floats that the score loop may read past the end of a layer's last block; the cache keeps them readable.
  package static var readSlack: Int { 8 }

  /// Where `[dimension][position]` of a head's keys starts in a block.
  @inline(__always)
  package func keyOffset(head: Int) -> Int { head * headDimension * blockSize }

  /// Where `[position][dimension]` of a head's values starts in a block.
  @inline(__always)
  package func valueOffset(head: Int) -> Int {
    (keyValueHeadCount + head) * headDimension * blockSize
  }
}
