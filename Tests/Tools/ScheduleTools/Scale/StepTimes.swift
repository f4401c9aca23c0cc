/// Real times of scheduler steps, grouped by the number of sequences that waited: by the nearest power of ten.
package struct StepTimes: Sendable {
  /// The times of one group.
  package struct Group: Sendable, Codable, Equatable {
    /// The power of ten that the number of waiting sequences was nearest to; 0 for none.
    package let waitingCount: Int
    /// Steps of the group.
    package let stepCount: Int
    /// Mean number of sequences in the batch.
    package let meanBatchSize: Double
    /// Half of the steps took no longer, in microseconds.
    package let medianMicroseconds: Double
    /// 99 of 100 steps took no longer, in microseconds.
    package let percentile99Microseconds: Double
  }

  private var nanoseconds: [[Int32]] = []
  private var batchSizes: [Int] = []

  /// Notes a step.
  mutating func append(waitingCount: Int, batchSize: Int, duration: Duration) {
    let group = Self.group(of: waitingCount)
    while nanoseconds.count <= group {
      nanoseconds.append([])
      batchSizes.append(0)
    }
    let time = duration / .nanoseconds(1)
    nanoseconds[group].append(Int32(min(time, Double(Int32.max))))
    batchSizes[group] += batchSize
  }

  /// Seconds of all steps.
  package var totalSeconds: Double {
    nanoseconds.reduce(0) { $0 + $1.reduce(0) { $0 + Double($1) } } * 1e-9
  }

  /// The groups that have steps, by the number of waiting sequences.
  package var groups: [Group] {
    nanoseconds.indices.compactMap { group in
      let sorted = nanoseconds[group].sorted()
      guard !sorted.isEmpty else { return nil }
      return Group(
        waitingCount: group == 0 ? 0 : (1..<group).reduce(1) { power, _ in power * 10 },
        stepCount: sorted.count, meanBatchSize: Double(batchSizes[group]) / Double(sorted.count),
        medianMicroseconds: Double(sorted[sorted.count / 2]) / 1000,
        percentile99Microseconds: Double(sorted[sorted.count * 99 / 100]) / 1000)
    }
  }

  /// 0 for none, 1 for 1...3, 2 for 4...31, 3 for 32...316 and so on: from the square root of 10 below a power of ten
  /// to the one above it.
  private static func group(of waitingCount: Int) -> Int {
    guard waitingCount > 0 else { return 0 }
    var (group, square) = (1, 10)
    while waitingCount * waitingCount >= square {
      group += 1
      square *= 100
    }
    return group
  }
}
