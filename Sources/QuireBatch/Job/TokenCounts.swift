/// How often each number of tokens was seen: exact quantiles in memory that grows with the largest number alone.
package struct TokenCounts: Sendable, Equatable {
  /// Places 0, 1, 2, … hold how often 0, 1, 2, … tokens were seen; what is larger than any model's prompt is in `others`.
  private var frequencies: [Int] = []
  private var others: [Int: Int] = [:]
  /// Numbers that were seen.
  package private(set) var count = 0
  /// The sum of the numbers seen.
  package private(set) var total = 0

  /// Takes a number of tokens, at least 0.
  mutating func add(_ tokenCount: Int) {
    count += 1
    total += tokenCount
    guard tokenCount < 1 << 20 else {
      others[tokenCount, default: 0] += 1
      return
    }
    if tokenCount >= frequencies.count {
      frequencies += [Int](repeating: 0, count: tokenCount + 1 - frequencies.count)
    }
    frequencies[tokenCount] += 1
  }

  /// The smallest number that at least `share` of those seen do not exceed, 0…1; nil where none was seen.
  package func quantile(_ share: Double) -> Int? {
    guard count > 0 else { return nil }
    let rank = max(1, Int((share * Double(count)).rounded(.up)))
    var below = 0
    for (tokenCount, frequency) in frequencies.enumerated() {
      below += frequency
      if below >= rank { return tokenCount }
    }
    for (tokenCount, frequency) in others.sorted(by: { $0.key < $1.key }) {
      below += frequency
      if below >= rank { return tokenCount }
    }
    return nil
  }
}
