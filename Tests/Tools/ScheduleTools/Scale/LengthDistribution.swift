import Foundation
import QuireTestSupport

/// Lengths whose logarithms are normally distributed, clipped: many short ones and a long tail, as prompts and answers
/// of real services have.
package struct LengthDistribution: Sendable, Equatable {
  /// Half of the lengths lie below it, in tokens; above 0.
  package var median: Double
  /// Standard deviation of the logarithms; 0 makes all lengths equal.
  package var spread: Double
  /// The greatest length, at least 1; the least is 1.
  package var limit: Int

  /// A distribution; each argument is the field of its name.
  package init(median: Double, spread: Double, limit: Int) {
    self.median = median
    self.spread = spread
    self.limit = limit
  }

  /// A length in 1...limit.
  func draw(_ random: inout TestRandom) -> Int {
    // Box and Muller, 1958: one of the pair of normal deviates.
    let radius = (-2 * log(1 - random.uniform())).squareRoot()
    let normal = radius * cos(2 * Double.pi * random.uniform())
    return min(limit, max(1, Int((median * exp(spread * normal)).rounded())))
  }
}
