/// A run of any length in a bounded number of intervals of equally many steps. Where they are too many, they are
/// merged in pairs, and each holds twice as many steps from then on; only the last may hold fewer. O(1) a step on
/// average.
package struct RunHistory: Sendable, Equatable {
  /// Greatest number of intervals, even.
  package let capacity: Int
  /// The intervals in order, at most `capacity`.
  package private(set) var intervals: [RunInterval] = []
  /// How many steps each interval holds, but for the last.
  package private(set) var stepsPerInterval = 1

  /// No steps. `capacity` is even and at least 2.
  package init(capacity: Int = 1024) {
    precondition(capacity >= 2 && capacity % 2 == 0, "intervals are merged in pairs")
    self.capacity = capacity
  }

  /// Takes in one step.
  package mutating func add(_ step: RunInterval) {
    if let last = intervals.indices.last, intervals[last].stepCount < stepsPerInterval {
      return intervals[last].append(step)
    }
    if intervals.count == capacity { mergePairs() }
    intervals.append(step)
  }

  private mutating func mergePairs() {
    for index in 0..<capacity / 2 {
      intervals[index] = intervals[2 * index]
      intervals[index].append(intervals[2 * index + 1])
    }
    intervals.removeLast(capacity / 2)
    stepsPerInterval *= 2
  }
}
