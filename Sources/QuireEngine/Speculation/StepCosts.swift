/// What steps that only decode cost, by their number of tokens: measured, smoothed, and guessed in between.
///
/// Only the proportions matter. What changes all of them, such as longer texts or other programs beside this one, is a
/// factor of its own, so that costs measured long ago stay comparable.
struct StepCosts {
  private struct Cost {
    /// Seconds by the common factor; 0 before the first measurement.
    var seconds = 0.0
    var count = 0.0
  }

  /// Up to so many tokens each number has its own cost, then they share one by eights.
  private static let singleCount = 64
  private static let greatestTokenCount = 1024
  /// A measurement counts at least for 1 / `memory`, and by no more than `greatestRatio` to either side.
  private static let memory = 10.0
  private static let greatestRatio = 1.5
  /// Places above its own that bound a cost which was measured less often than `firmCount` times.
  private static let neighbours = 8
  private static let firmCount = 4.0

  private var costs = [Cost](repeating: Cost(), count: place(of: greatestTokenCount) + 1)
  private var factor = 1.0
  /// Seconds a token in steps that compute prompts: what one more token costs at most, as far as is known.
  private var promptSecondsPerToken: Double?

  /// Costs of which nothing has been measured.
  init() {}

  private static func place(of tokenCount: Int) -> Int {
    let count = min(tokenCount, greatestTokenCount)
    return count <= singleCount ? count : singleCount + (count - singleCount + 7) / 8
  }

  /// The greatest number of tokens of a place.
  private static func tokenCount(at place: Int) -> Int {
    place <= singleCount ? place : singleCount + (place - singleCount) * 8
  }

  /// Takes the time of a step that decoded.
  mutating func note(tokenCount: Int, seconds: Double) {
    guard seconds > 0, tokenCount >= 1, tokenCount <= Self.greatestTokenCount else { return }
    let place = Self.place(of: tokenCount)
    guard costs[place].count > 0 else {
      costs[place] = Cost(seconds: seconds / factor, count: 1)
      return
    }
    let ratio = min(
      max(seconds / (costs[place].seconds * factor), 1 / Self.greatestRatio), Self.greatestRatio)
    costs[place].count = min(costs[place].count + 1, Self.memory)
    costs[place].seconds *= 1 + (ratio - 1) / costs[place].count
    factor *= 1 + (ratio - 1) / (2 * Self.memory)
  }

  /// Takes the time of a step that computed prompts.
  mutating func notePrompt(tokenCount: Int, seconds: Double) {
    guard tokenCount >= 16, seconds > 0 else { return }
    let cost = seconds / Double(tokenCount)
    promptSecondsPerToken = promptSecondsPerToken.map { $0 + (cost - $0) / 4 } ?? cost
  }

  /// What a step of so many tokens, at least 1, would cost; nil while nothing like it was measured.
  func seconds(_ tokenCount: Int) -> Double? {
    let place = Self.place(of: tokenCount)
    if costs[place].count > 0 {
      if costs[place].count >= Self.firmCount { return costs[place].seconds * factor }
      // No more than what a few tokens more cost: it was measured in a bad moment, perhaps.
      let next = costs[(place + 1)...].prefix(Self.neighbours).first { $0.count > 0 }
      return min(costs[place].seconds, next?.seconds ?? .infinity) * factor
    }
    guard let lower = costs[..<place].lastIndex(where: { $0.count > 0 }) else { return nil }
    let (low, lowCost) = (Double(Self.tokenCount(at: lower)), costs[lower].seconds)
    let distance = Double(tokenCount) - low
    if let upper = costs[(place + 1)...].firstIndex(where: { $0.count > 0 }) {
      let width = Double(Self.tokenCount(at: upper)) - low
      return (lowCost + max(costs[upper].seconds - lowCost, 0) * distance / width) * factor
    }
    // Half of a token's share is what it cost where nothing was measured, and less seldom.
    let share = lowCost / low
    let slope = min(share, promptSecondsPerToken.map { $0 / factor } ?? share / 2)
    return (lowCost + distance * slope) * factor
  }
}
