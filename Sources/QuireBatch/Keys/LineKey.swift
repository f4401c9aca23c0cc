import QuireDigests

/// What tells a line from all others of any version of the input: 128 bits of a digest.
///
/// Two different lines are taken for one with probability below 1e-26 at a million lines.
package struct LineKey: Hashable, Sendable {
  /// Big-endian words of the digest, the first one first.
  let words: SIMD4<UInt32>

  /// The words as they stand in a file.
  init(words: SIMD4<UInt32>) { self.words = words }

  /// The first four words of a digest.
  init(digest: SIMD8<UInt32>) { words = digest.lowHalf }

  /// A key that depends on another one and a number, and equals neither's own.
  func joined(with number: Int) -> LineKey {
    var hash = SHA256()
    for index in 0..<4 { hash.update(UInt64(words[index])) }
    hash.update(UInt64(number))
    return LineKey(digest: hash.digest())
  }
}
