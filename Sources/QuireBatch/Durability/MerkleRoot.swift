import QuireDigests

/// The root of a Merkle tree over the lines of an output, so that any of them can be shown to be one of its lines.
///
/// Leaves are the SHA-256 of the lines without their line ends, in the order of the input; a node is the SHA-256 of a
/// byte 1, its left and its right child; a tree of n leaves has the largest power of two below n of them on its left. The
/// root of no leaves is the SHA-256 of nothing. Shape: RFC 9162, section 2.1.1. Logarithmic memory.
package struct MerkleRoot {
  /// Roots of whole subtrees, the largest first, with the number of their leaves.
  private var subtrees: [(leafCount: Int, digest: SIMD8<UInt32>)] = []

  /// The tree without leaves.
  package init() {}

  /// Adds a leaf behind all others.
  package mutating func add(_ leaf: SIMD8<UInt32>) {
    var (leafCount, digest) = (1, leaf)
    while let last = subtrees.last, last.leafCount == leafCount {
      subtrees.removeLast()
      digest = Self.node(last.digest, digest)
      leafCount *= 2
    }
    subtrees.append((leafCount, digest))
  }

  /// The root over the leaves so far.
  package var digest: SIMD8<UInt32> {
    guard let last = subtrees.last else { return SHA256().digest() }
    return subtrees.dropLast().reversed().reduce(last.digest) { Self.node($1.digest, $0) }
  }

  private static func node(_ left: SIMD8<UInt32>, _ right: SIMD8<UInt32>) -> SIMD8<UInt32> {
    var hash = SHA256()
    hash.update(1 as UInt8)
    for half in [left, right] {
      var bytes = half
      for index in 0..<8 { bytes[index] = half[index].bigEndian }
      withUnsafeBytes(of: bytes) { hash.update($0) }
    }
    return hash.digest()
  }
}

extension SIMD8<UInt32> {
  /// 64 lower-case hexadecimal digits of a digest.
  package var hexadecimal: String { Hexadecimal.text(self) }
}
