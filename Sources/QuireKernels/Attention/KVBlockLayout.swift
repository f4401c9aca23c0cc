/// The number format of a cache of keys and values.
package enum KVElement: String, Sendable, CaseIterable {
  /// Half precision; numbers beyond ±65504 are stored as that.
  case float16
  /// Keys and values are stored in single precision.
  case float32

  /// Bytes of a number.
  package var byteCount: Int { self == .float16 ? 2 : 4 }
}

/// Where keys and values of one layer lie in a block of the paged cache.
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
  /// How each number is stored.
  package let element: KVElement

  /// Describes blocks of `blockSize` positions.
  package init(keyValueHeadCount: Int, headDimension: Int, blockSize: Int, element: KVElement) {
    self.keyValueHeadCount = keyValueHeadCount
    self.headDimension = headDimension
    self.blockSize = blockSize
    self.element = element
  }

  /// Bytes of a block of one layer.
  @inline(__always)
  package var blockByteCount: Int {
    2 * keyValueHeadCount * headDimension * blockSize * element.byteCount
  }

  /// Bytes that kernels may read past the end of a layer's last block; the cache keeps them readable.
  package static var readSlack: Int { 64 }

  /// Byte where `[dimension][position]` of a head's keys starts in a block.
  @inline(__always)
  package func keyOffset(head: Int) -> Int { head * headDimension * blockSize * element.byteCount }

  /// Byte where `[position][dimension]` of a head's values starts in a block.
  @inline(__always)
  package func valueOffset(head: Int) -> Int {
    (keyValueHeadCount + head) * headDimension * blockSize * element.byteCount
  }
}
