import QuireDigests

/// What names a request: its id, or else its content. With the run's seed it gives the key of the request's random
/// numbers, where the request has no seed of its own.
package struct RequestKey: Sendable {
  /// The SHA-256 of the name, eight big-endian words.
  package let digest: SIMD8<UInt32>

  /// The key of an id that is a text.
  package init(id: String) { self.init(kind: 1) { $0.update(id) } }

  /// The key of an id that is a number, by its digits as typed; never that of a text.
  package init(numericID: String) { self.init(kind: 2) { $0.update(numericID) } }

  /// The key of a request without an id.
  package init(content: [UInt8]) { self.init(kind: 3) { $0.update(content) } }

  private init(kind: UInt8, _ addName: (inout SHA256) -> Void) {
    var hash = SHA256()
    hash.update(kind)
    addName(&hash)
    digest = hash.digest()
  }

  /// The key of the request's random numbers.
  ///
  /// - Parameters:
  ///   - runSeed: the seed of the whole run.
  ///   - occurrence: how many requests of the same content came before; 0 for those with an id.
  package func randomKey(runSeed: Int64, occurrence: Int = 0) -> UInt64 {
    var hash = SHA256()
    hash.update(UInt64(bitPattern: runSeed))
    hash.update(UInt64(occurrence))
    for place in digest.indices { hash.update(UInt64(digest[place])) }
    let words = hash.digest()
    return UInt64(words[0]) << 32 | UInt64(words[1])
  }
}
