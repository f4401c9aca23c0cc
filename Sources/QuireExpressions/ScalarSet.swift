/// A set of Unicode scalars as ranges.
///
/// Invariant: ascending, neither overlapping nor adjacent, no surrogates.
package struct ScalarSet: Hashable, Sendable {
  /// The ranges, ascending, with a gap between neighbours.
  package let ranges: [ClosedRange<UInt32>]

  /// The set of all scalars.
  package static let all = ScalarSet([0...0x10FFFF])
  /// The set without scalars.
  package static let none = ScalarSet([])

  /// Any ranges; order and overlaps do not matter. n log n for n ranges, n where they are
  /// in order.
  package init(_ unordered: [ClosedRange<UInt32>]) {
    if Self.isOrdered(unordered) {
      ranges = unordered
      return
    }
    var merged: [ClosedRange<UInt32>] = []
    for range in unordered.flatMap(Self.withoutSurrogates).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = merged.last, range.lowerBound <= last.upperBound + 1 {
        merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    ranges = merged
  }

  /// The set of one scalar.
  package init(_ scalar: Unicode.Scalar) { self.init([scalar.value...scalar.value]) }

  /// The scalars of a text.
  package init(of text: String) { self.init(text.unicodeScalars.map { $0.value...$0.value }) }

  /// Whether no scalar is in it.
  package var isEmpty: Bool { ranges.isEmpty }

  /// Whether a scalar is in it.
  package func contains(_ scalar: Unicode.Scalar) -> Bool { contains(scalar.value) }

  /// Whether the scalar of a value is in it; by bisection.
  package func contains(_ value: UInt32) -> Bool {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].lowerBound <= value
  }

  /// What is in either.
  package func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

  /// All other scalars.
  package var inverted: ScalarSet {
    var gaps: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
      next = range.upperBound + 1
    }
    if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
    return ScalarSet(gaps)
  }

  /// What is in both.
  package func intersection(_ other: ScalarSet) -> ScalarSet {
    var common: [ClosedRange<UInt32>] = []
    var (i, j) = (0, 0)
    while i < ranges.count, j < other.ranges.count {
      let (a, b) = (ranges[i], other.ranges[j])
      let lower = max(a.lowerBound, b.lowerBound)
      let upper = min(a.upperBound, b.upperBound)
      if lower <= upper { common.append(lower...upper) }
      if a.upperBound < b.upperBound { i += 1 } else { j += 1 }
    }
    return ScalarSet(common)
  }

  /// Whether ranges keep the invariant as they are.
  private static func isOrdered(_ ranges: [ClosedRange<UInt32>]) -> Bool {
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound < next || range.upperBound >= 0xD800 && range.lowerBound <= 0xDFFF { return false }
      next = range.upperBound + 2
    }
    return true
  }

  private static func withoutSurrogates(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt32>] {
    var parts: [ClosedRange<UInt32>] = []
    if range.lowerBound < 0xD800 { parts.append(range.lowerBound...min(range.upperBound, 0xD7FF)) }
    if range.upperBound > 0xDFFF { parts.append(max(range.lowerBound, 0xE000)...range.upperBound) }
    return parts
  }
}
