import Foundation

/// The natural logarithm, for the files that do without Foundation.
func logarithm(_ x: Float) -> Float { log(x) }

/// Differences between a model here and the oracle.
enum Comparison {
  /// The greatest absolute difference over the recorded values of all positions.
  static func worst(_ logprobs: [[Float]], _ golden: Golden, _ prompt: Golden.Prompt) -> Float {
    var worst: Float = logprobs.count == prompt.positions.count ? 0 : .infinity
    for (row, position) in zip(logprobs, prompt.positions) {
      for (id, value) in zip(position.topIDs, position.top) { worst = greater(worst, row[id] - value) }
      for (id, value) in zip(golden.columns, position.columns) { worst = greater(worst, row[id] - value) }
      let mean = Float(row.reduce(0.0) { $0 + Double($1) } / Double(row.count))
      worst = greater(worst, mean - position.mean)
    }
    return worst
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
