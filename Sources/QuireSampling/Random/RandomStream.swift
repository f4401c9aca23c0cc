/// The random numbers of one sampled sequence: a number for each output position, the same whatever else is
/// computed, before, beside or after it.
package struct RandomStream: Sendable, Equatable {
  private let key: UInt64
  private let sampleIndex: UInt32
  private let purpose: Purpose

  /// Keeps numbers of different origin apart: the counter's last word.
  private enum Purpose: UInt32 {
    case ownSeed = 1
    case runSeed = 2
    case keyDerivation = 3
  }

  /// The stream of a request with a seed of its own, which alone decides: sample i of seed s is the stream of
  /// seed s + i (wrapping around).
  package init(seed: Int64, sampleIndex: Int = 0) {
    key = UInt64(bitPattern: seed &+ Int64(sampleIndex))
    self.sampleIndex = 0
    purpose = .ownSeed
  }

  /// The stream of sample `sampleIndex` (0 ..< 2³²) of a request whose key came from `key(runSeed:lineDigest:)`.
  package init(key: UInt64, sampleIndex: Int = 0) {
    self.key = key
    self.sampleIndex = UInt32(sampleIndex)
    purpose = .runSeed
  }

  /// The stream of sample `sampleIndex` of a request: by `seed` where it is set (nil and −1 mean that it is not),
  /// otherwise by `randomKey`.
  package init(seed: Int64?, randomKey: UInt64, sampleIndex: Int = 0) {
    if let seed, seed != -1 {
      self.init(seed: seed, sampleIndex: sampleIndex)
    } else {
      self.init(key: randomKey, sampleIndex: sampleIndex)
    }
  }

  /// The key of a line without a seed of its own: mixes the run's seed with a digest of the line's key.
  package static func key(runSeed: Int64, lineDigest: UInt64) -> UInt64 {
    key(runSeed: runSeed, lineDigest: (high: 0, low: lineDigest))
  }

  /// The same for a digest of 128 bits; its four words are folded in by two rounds of Philox.
  package static func key(runSeed: Int64, lineDigest: (high: UInt64, low: UInt64)) -> UInt64 {
    let purpose = Purpose.keyDerivation.rawValue
    func fold(_ part: UInt64, _ number: UInt32, _ key: UInt64) -> UInt64 {
      let low = UInt32(truncatingIfNeeded: part)
      return Philox.number(counter: SIMD4(low, UInt32(part >> 32), number, purpose), key: key)
    }
    let key = fold(lineDigest.low, 0, UInt64(bitPattern: runSeed))
    return lineDigest.high == 0 ? key : fold(lineDigest.high, 1, key)
  }

  /// The number of an output position (0 ..< 2³²): uniform in [0, 1), a multiple of 2⁻⁵³.
  package func uniform(at position: Int) -> Double {
    let counter = SIMD4(UInt32(position), 0, sampleIndex, purpose.rawValue)
    return Double(Philox.number(counter: counter, key: key) >> 11) * 0x1p-53
  }
}
