import Foundation
import QuireTestSupport
import Testing

@testable import QuireSampling

@Suite("Selection")
struct SelectionTests {
  @Test("the k-th largest is the k-th of the sorted values, ties and all", arguments: [0, 0.5, 5])
  func kthLargest(step: Double) {
    var random = TestRandom(seed: 8)
    for _ in 0..<200 {
      var values = random.logits(random.below(300) + 1, deviation: 3, step: step, excluded: random.below(3))
      let sorted = values.sorted(by: >)
      let k = random.below(values.count) + 1
      let count = values.count
      let found = values.withUnsafeMutableBufferPointer {
        Sampler.largest(k, of: $0.baseAddress!, count: count)
      }
      #expect(found == sorted[k - 1])
    }
  }

  @Test("the nucleus boundary is that of the sorted keys")
  func nucleusBoundary() {
    var random = TestRandom(seed: 9)
    for _ in 0..<200 {
      // Multiples of 1/64 sum exactly in any order.
      let masses = (0..<random.below(300) + 1).map { _ in Float(random.below(64) + 1) / 64 }
      var keys = masses.enumerated().map { NucleusKey.make(id: $0.offset, mass: $0.element) }
      let share = random.uniform() * masses.reduce(0) { $0 + Double($1) } * 1.1
      let sorted = masses.indices.sorted { masses[$0] > masses[$1] || masses[$0] == masses[$1] && $0 < $1 }
      var mass = 0.0
      let expected = sorted.first { index in
        mass += Double(masses[index])
        return mass >= share
      }
      let count = keys.count
      let found = keys.withUnsafeMutableBufferPointer {
        Sampler.nucleusBoundary($0.baseAddress!, count: count, mass: share)
      }
      #expect(NucleusKey.id(found) == Int32(expected ?? sorted.last!))
    }
  }
}
