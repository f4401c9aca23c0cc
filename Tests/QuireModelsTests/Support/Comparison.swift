import Foundation

/// The natural logarithm, for the files that do without Foundation.
func logarithm(_ x: Float) -> Float { log(x) }

/// Differences between a model here and the oracle.
enum Comparison {
  /// The greatest absolute difference over the recorded values of the recorded positions: all, or the last ones.
  static func worst(_ logprobs: [[Float]], _ golden: Golden, _ prompt: Golden.Prompt) -> Float {
    var worst: Float = logprobs.count == prompt.tokens.count ? 0 : .infinity
    for (row, position) in zip(logprobs.suffix(prompt.positions.count), prompt.positions) {
      for (id, value) in zip(position.topIDs, position.top) { worst = greater(worst, row[id] - value) }
      for (id, value) in zip(golden.columns, position.columns) { worst = greater(worst, row[id] - value) }
      worst = greater(worst, mean(row) - position.mean)
    }
    return worst
  }

  private static func mean(_ row: [Float]) -> Float {
    row.withUnsafeBufferPointer { row in
      var sum = 0.0
      for index in 0..<row.count { sum += Double(row[index]) }
      return Float(sum / Double(row.count))
    }
  }

  /// NaN counts as infinitely far.
  private static func greater(_ worst: Float, _ difference: Float) -> Float {
    difference.isNaN ? .infinity : max(worst, abs(difference))
  }

  /// Whether two greedy continuations agree up to the first place where the oracle's two best are closer than 1e-3:
  /// there and after it any token is right.
  static func agrees(_ tokens: [Int32], _ golden: Golden.Greedy) -> Bool {
    guard tokens.count == golden.tokens.count else { return false }
    for (index, token) in tokens.enumerated() where token != golden.tokens[index] {
      return golden.gaps[index] < 1e-3
    }
    return true
  }
}
