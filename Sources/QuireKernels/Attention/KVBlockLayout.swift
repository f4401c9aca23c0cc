import QuireKernelBodies

/// The number format of a cache of keys and values.
package enum KVElement: String, Sendable, CaseIterable {
  /// Half precision; numbers beyond ±65504 are stored as that.
  case float16
  /// Keys and values are stored in single precision.
  case float32
  /// Keys and values as bytes with a half-precision scale for each position and head, as `ByteRun` lays them out; magnitudes
  /// beyond 127 x 65504 are stored as that.
  case int8

  /// A block's positions are a multiple of that.
  package var blockSizeUnit: Int { self == .int8 ? ByteRun.positionCount : 1 }

  /// The least magnitude that is stored as a smaller one; infinite where there is none.
  package var overflowMagnitude: Float {
    switch self {
    // What is below rounds to the greatest number anyway.
    case .float16: 65520
    case .float32: .infinity
    case .int8: 127 * 65520
    }
  }
}

/// Where keys and values of one layer lie in a block of the paged cache.
///
/// A block holds `blockSize` consecutive positions of one sequence: first the keys as
/// `[keyValueHead][dimension][position]` (lane = position in the score loop), then the values as
/// `[keyValueHead][position][dimension]` (lane = dimension in the weighted sum). As bytes, a head's keys and values stand
/// together, in runs of sixteen positions (`ByteRun`).
package struct KVBlockLayout: Sendable, Equatable {
  /// Key/value heads; at least 1.
  package let keyValueHeadCount: Int
  /// Elements of a head; at least 1.
  package let headDimension: Int
  /// Positions of a block; at least 1, and a multiple of the element's `blockSizeUnit`.
  package let blockSize: Int
  /// How each number is stored.
  package let element: KVElement

  /// Describes blocks of `blockSize` positions.
  package init(keyValueHeadCount: Int, headDimension: Int, blockSize: Int, element: KVElement) {
    precondition(
      blockSize % element.blockSizeUnit == 0,
      "a block of \(element) holds a multiple of \(element.blockSizeUnit) positions, not \(blockSize)")
    self.keyValueHeadCount = keyValueHeadCount
    self.headDimension = headDimension
    self.blockSize = blockSize
    self.element = element
  }

  /// Bytes of a block of one layer.
  @inline(__always)
  package var blockByteCount: Int { keyValueHeadCount * headByteCount }

  /// Bytes of a block's keys and values of one head.
  @inline(__always)
  var headByteCount: Int {
    guard let byteCount = numberByteCount else {
      return blockSize / ByteRun.positionCount * ByteRun.byteCount(headDimension: headDimension)
    }
    return 2 * headDimension * blockSize * byteCount
  }

  /// Bytes of a number; nil for bytes with scales.
  @inline(__always)
  var numberByteCount: Int? {
    switch element {
    case .float16: 2
    case .float32: 4
    case .int8: nil
    }
  }

  /// Blocks that sequences read together are a multiple of that from the first on: of bytes whole tiles, since sums of
  /// values have other bits in pieces of a tile.
  var sharedBlockUnit: Int {
    guard numberByteCount == nil else { return 1 }
    let tile = AttentionWork.tilePositionCount
    return (1...tile).first { $0 * blockSize % tile == 0 }!
  }

  /// Bytes that kernels may read past the end of a layer's last block; the cache keeps them readable.
  package static var readSlack: Int { 64 }

  /// Byte where `[dimension][position]` of a head's keys, or its first run, starts in a block.
  @inline(__always)
  package func keyOffset(head: Int) -> Int {
    numberByteCount == nil ? head * headByteCount : head * headByteCount / 2
  }

  /// Byte where `[position][dimension]` of a head's values, or its first run, starts in a block.
  @inline(__always)
  package func valueOffset(head: Int) -> Int {
    numberByteCount == nil ? head * headByteCount : (keyValueHeadCount + head) * headByteCount / 2
  }
}
