/// What a drafted token was expected for: tokens of one kind are right about equally often.
struct DraftKind: Equatable {
  /// The kind's number, from 0 and below ``count``.
  let index: Int

  /// Number of kinds.
  static let count = lookups.count + habits.count

  /// The least lengths of matches that are told apart, and how often their next token is right before anything is known.
  private static let lookups: [(length: Int, rate: Double)] = [
    (2, 0.2), (3, 0.35), (4, 0.5), (5, 0.6), (7, 0.7), (10, 0.8), (16, 0.85),
  ]
  /// The same of how often in a row a token has followed a state of a constraint.
  private static let habits: [(streak: UInt8, rate: Double)] = [
    (0, 0.5), (1, 0.7), (2, 0.8), (4, 0.9), (10, 0.97),
  ]

  /// A token that followed `length` tokens, at least 2, that equal the ones before it.
  static func lookup(length: Int) -> DraftKind {
    DraftKind(index: (lookups.lastIndex { $0.length <= length } ?? 0))
  }

  /// A token that followed a state of a constraint `streak` times in a row.
  static func habit(streak: UInt8) -> DraftKind {
    DraftKind(index: lookups.count + (habits.lastIndex { $0.streak <= streak } ?? 0))
  }

  /// How often such a token is right, 0...1, before anything is known.
  var usualRate: Double {
    index < Self.lookups.count ? Self.lookups[index].rate : Self.habits[index - Self.lookups.count].rate
  }
}

/// How often drafted tokens of each kind were right, over all sequences of an engine.
final class AcceptanceRates {
  /// Outcomes that the usual rate counts for, and those that are remembered.
  private static let usualWeight = 4.0
  private static let greatestWeight = 200.0

  private var rates = (0..<DraftKind.count).map { DraftKind(index: $0).usualRate }
  private var weights = [Double](repeating: usualWeight, count: DraftKind.count)

  /// How often a token of a kind is right, 0...1.
  subscript(kind: DraftKind) -> Double { rates[kind.index] }

  /// Takes an outcome.
  func note(_ kind: DraftKind, isRight: Bool) {
    weights[kind.index] = min(weights[kind.index] + 1, Self.greatestWeight)
    rates[kind.index] += ((isRight ? 1 : 0) - rates[kind.index]) / weights[kind.index]
  }
}

/// The same of one sequence, in so far as it differs from the others.
struct OwnRates {
  /// How many outcomes all sequences' rate counts for, and after how many an earlier half is forgotten.
  private static let commonWeight = 6.0
  private static let greatestCount: UInt8 = 32

  private var outcomes = [(right: UInt8, all: UInt8)](repeating: (0, 0), count: DraftKind.count)

  /// How often a token of a kind is right, where `common` is all sequences' rate.
  func rate(_ kind: DraftKind, common: Double) -> Double {
    let (right, all) = outcomes[kind.index]
    return (Self.commonWeight * common + Double(right)) / (Self.commonWeight + Double(all))
  }

  /// Takes an outcome.
  mutating func note(_ kind: DraftKind, isRight: Bool) {
    if outcomes[kind.index].all == Self.greatestCount {
      outcomes[kind.index].right /= 2
      outcomes[kind.index].all /= 2
    }
    outcomes[kind.index].right += isRight ? 1 : 0
    outcomes[kind.index].all += 1
  }
}
