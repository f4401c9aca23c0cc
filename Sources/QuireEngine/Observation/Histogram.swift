/// Counts whole numbers by size, in bins from one power of two to the next: 1, 2–3, 4–7, …
///
/// So a batch that is full, by a limit that is a power of two, has a bin of its own. O(1) a number.
package struct Histogram: Sendable, Equatable {
  /// The numbers of one bin.
  package struct Bin: Sendable, Equatable {
    /// Numbers of the bin: from one power of two to the last before the next.
    package let range: ClosedRange<Int>
    /// How many of the numbers lie in it.
    package let count: Int
  }

  /// How many numbers there are.
  package private(set) var count = 0
  /// The sum of all numbers.
  package private(set) var sum = 0
  /// The largest of them; 0 where there is none.
  package private(set) var largest = 0
  private var counts: [Int] = []

  /// A histogram of no numbers.
  package init() {}

  /// Adds a number, at least 1.
  package mutating func add(_ value: Int) {
    precondition(value >= 1, "a histogram counts from 1, not \(value)")
    let bin = Int.bitWidth - 1 - value.leadingZeroBitCount
    while counts.count <= bin { counts.append(0) }
    counts[bin] += 1
    count += 1
    sum += value
    largest = max(largest, value)
  }

  /// The mean; nil where there is no number.
  package var mean: Double? { count > 0 ? Double(sum) / Double(count) : nil }

  /// The bins from 1 to that of the largest number, empty ones included.
  package var bins: [Bin] {
    counts.enumerated().map { power, count in
      Bin(range: 1 << power...(1 << power) - 1 + (1 << power), count: count)
    }
  }
}
