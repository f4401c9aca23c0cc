import QuireTestSupport
import Testing

@testable import QuireSampling

@Suite("Sampler: masks of constraints")
struct MaskRowTests {
  @Test("exactly the tokens whose bit is set keep their logits", arguments: [1, 63, 64, 65, 128, 200, 1000])
  func masks(count: Int) {
    var random = TestRandom(seed: UInt64(count))
    for share in [0, 1, 2, 16, 63, 64] {
      let row = random.logits(count, deviation: 3)
      // Bits behind the row count for nothing.
      let words = (0..<(count + 63) / 64 + 1).map { word -> UInt64 in
        if share == 0 || share == 64 { return share == 0 ? 0 : .max }
        if word % 3 == 2 { return word % 2 == 0 ? 0 : .max }
        return (0..<64).reduce(0) { $0 | (random.below(64) < share ? 1 << UInt64($1) : 0) }
      }
      var masked = row
      masked.withUnsafeMutableBufferPointer { Row($0).keepOnly(bits: words) }
      for token in 0..<count {
        let isKept = words[token / 64] >> UInt64(token % 64) & 1 == 1
        #expect(masked[token] == (isKept ? row[token] : -.infinity))
      }
    }
  }
}
