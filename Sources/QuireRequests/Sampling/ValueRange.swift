/// The values that a sampling parameter may take by itself, apart from what others say.
package struct ValueRange: Sendable, Equatable {
  /// Completes the sentence "the value must be …": `in 0...2`.
  package let requirement: String
  /// The same for a table: `0…2`.
  package let symbols: String

  private let least: Double
  private let most: Double
  private let excludesLeast: Bool

  /// A range of finite numbers; each argument is the field of its name.
  private init(
    _ requirement: String, _ symbols: String, least: Double, most: Double = .infinity,
    excludesLeast: Bool = false
  ) {
    self.requirement = requirement
    self.symbols = symbols
    self.least = least
    self.most = most
    self.excludesLeast = excludesLeast
  }

  /// Whether a value lies in the range; NaN and infinities lie in none.
  package func contains(_ value: Double) -> Bool {
    value.isFinite && value <= most && (excludesLeast ? value > least : value >= least)
  }

  /// The range from the lower bound to the upper one, both included.
  static func within(_ bounds: ClosedRange<Int>) -> ValueRange {
    let (least, most) = (bounds.lowerBound, bounds.upperBound)
    return ValueRange(
      "in \(least)...\(most)", "\(least)…\(most)", least: Double(least), most: Double(most))
  }

  /// A share that is not zero.
  static let positiveShare = ValueRange("in (0, 1]", "(0, 1]", least: 0, most: 1, excludesLeast: true)
  /// The range of a factor.
  static let positive = ValueRange("finite and greater than 0", "finite, > 0", least: 0, excludesLeast: true)
  /// The range of any number that is finite.
  static let finite = ValueRange("finite", "finite", least: -.infinity)

  /// A count without an upper bound.
  static func atLeast(_ least: Int) -> ValueRange {
    ValueRange("at least \(least)", "≥ \(least)", least: Double(least))
  }

  /// A count of candidates that may be turned off.
  static let candidates = ValueRange(
    "at least 1, or 0 or -1 to consider all tokens", "≥ 1; 0 and -1 are off", least: -1)
  /// A count of reported tokens.
  static let reported = ValueRange(
    "in 0...20, or -1 for the whole vocabulary", "0…20, -1 for all", least: -1, most: 20)
}
