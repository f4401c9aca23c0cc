import Testing

@testable import QuireSampling

@Suite("Random streams")
struct RandomStreamTests {
  /// The known answers that the Random123 library publishes for philox4x32 with 10 rounds.
  @Test(
    "Philox4x32-10 gives the published words",
    arguments: [
      (
        SIMD4<UInt32>(0, 0, 0, 0), SIMD2<UInt32>(0, 0),
        SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
      ),
      (
        SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
        SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
      ),
      (
        SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
        SIMD2<UInt32>(0xa409_3822, 0x299f_31d0),
        SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
      ),
    ])
  func knownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>) {
    #expect(Philox.words(counter: counter, key: key) == expected)
  }

  @Test("a seed of its own decides alone, and sample i draws from seed + i")
  func ownSeed() {
    let stream = RandomStream(seed: 40, randomKey: 1, sampleIndex: 2)
    #expect(stream == RandomStream(seed: 42, randomKey: 9, sampleIndex: 0))
    #expect(stream.uniform(at: 3) == RandomStream(seed: 42).uniform(at: 3))
    #expect(stream.uniform(at: 3) != RandomStream(seed: 43).uniform(at: 3))
    #expect(RandomStream(seed: .max, sampleIndex: 1) == RandomStream(seed: .min))
  }

  @Test("without a seed the key and the sample decide; -1 is no seed")
  func runSeed() {
    let stream = RandomStream(seed: nil, randomKey: 7, sampleIndex: 1)
    #expect(stream == RandomStream(seed: -1, randomKey: 7, sampleIndex: 1))
    #expect(stream.uniform(at: 0) != RandomStream(seed: nil, randomKey: 7, sampleIndex: 0).uniform(at: 0))
    #expect(stream.uniform(at: 0) != RandomStream(seed: nil, randomKey: 8, sampleIndex: 1).uniform(at: 0))
    #expect(RandomStream(key: 42).uniform(at: 0) != RandomStream(seed: 42).uniform(at: 0))
  }

  @Test("keys differ by run seed and by every word of the digest")
  func keys() {
    let keys: Set<UInt64> = [
      RandomStream.key(runSeed: 0, lineDigest: 0), RandomStream.key(runSeed: 1, lineDigest: 0),
      RandomStream.key(runSeed: 0, lineDigest: 1), RandomStream.key(runSeed: 0, lineDigest: 1 << 32),
      RandomStream.key(runSeed: 0, lineDigest: (high: 1, low: 0)),
      RandomStream.key(runSeed: 0, lineDigest: (high: 1 << 32, low: 0)),
      RandomStream.key(runSeed: 1 << 32, lineDigest: 0), RandomStream.key(runSeed: -1, lineDigest: 0),
    ]
    #expect(keys.count == 8)
  }

  @Test("numbers are in [0, 1), even over positions, samples and keys, and uncorrelated from one to the next")
  func uniform() {
    let series: [[Double]] = [
      (0..<20_000).map { RandomStream(key: 5).uniform(at: $0) },
      (0..<20_000).map { RandomStream(key: 5, sampleIndex: $0).uniform(at: 0) },
      (0..<20_000).map { RandomStream(key: .init($0)).uniform(at: 0) },
      (0..<20_000).map { RandomStream(seed: Int64($0)).uniform(at: 0) },
      (0..<20_000).map {
        RandomStream(key: RandomStream.key(runSeed: 0, lineDigest: UInt64($0))).uniform(at: 0)
      },
    ]
    for numbers in series {
      #expect(numbers.allSatisfy { 0 <= $0 && $0 < 1 })
      var counts = [Int](repeating: 0, count: 64)
      for number in numbers { counts[Int(number * 64)] += 1 }
      #expect(chiSquarePValue(counts, [Double](repeating: 1 / 64.0, count: 64)) > 0.001)
      var product = 0.0
      for (one, next) in zip(numbers, numbers.dropFirst()) { product += (one - 0.5) * (next - 0.5) }
      // Standard deviation of the sum of n products of independent uniforms: √n / 12.
      #expect(abs(product) < 4 * (20_000.0).squareRoot() / 12)
    }
  }
}
