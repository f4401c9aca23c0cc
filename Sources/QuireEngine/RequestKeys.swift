package import QuireRequests
import QuireSampling

/// The random streams of one call's requests: equal prompts get different ones, and each the same every time.
package struct RequestKeys {
  private let seed: UInt64
  /// How often a digest has been seen.
  private var occurrences: [UInt64: UInt64] = [:]

  /// The keys of a call without requests so far, under the run's seed.
  package init(seed: UInt64) { self.seed = seed }

  /// The key of a request: of its id, or of its prompt and how many of the same came before.
  package mutating func key(for request: GenerationRequest, id: String?) -> UInt64 {
    var digest = FNV1a()
    if let id {
      digest.add(1)
      for byte in id.utf8 { digest.add(byte) }
    } else {
      digest.add(2)
      for token in request.promptTokenIDs {
        for shift in stride(from: 0, to: 32, by: 8) { digest.add(UInt8(truncatingIfNeeded: token >> shift)) }
      }
    }
    let before = occurrences[digest.value, default: 0]
    occurrences[digest.value] = before + 1
    return RandomStream.key(
      runSeed: Int64(bitPattern: seed), lineDigest: (high: before, low: digest.value))
  }
}

/// The FNV-1a hash with 64 bits (Fowler, Noll, Vo).
private struct FNV1a {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
  }
}
