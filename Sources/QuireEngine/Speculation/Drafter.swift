import QuireSampling

/// Expects the next tokens of one sequence, and learns how often it is right.
final class Drafter {
  /// Tokens that are expected at most.
  static let greatestCount = 24

  /// The tokens that are expected to come next, in order.
  private(set) var tokens: [Int32] = []
  private var kinds: [DraftKind] = []
  /// How many of them have come.
  private var rightCount = 0
  /// Whether another token came instead of one.
  private var isRefuted = false

  private let rates: AcceptanceRates
  private var ownRates = OwnRates()
  private var lookup = PromptLookup()

  /// A drafter of a sequence of an engine that has these rates.
  init(_ rates: AcceptanceRates) { self.rates = rates }

  /// How likely it is that the token at a place is right, when those before it are.
  func chance(of place: Int) -> Double {
    ownRates.rate(kinds[place], common: rates[kinds[place]])
  }

  /// Takes the token that came; the sequence is told of each, whether any was drafted or not.
  func take(_ token: Int32) {
    guard !isRefuted, rightCount < tokens.count else { return }
    let kind = kinds[rightCount]
    let isRight = tokens[rightCount] == token
    rates.note(kind, isRight: isRight)
    ownRates.note(kind, isRight: isRight)
    if isRight { rightCount += 1 } else { isRefuted = true }
  }

  /// Expects what `draft` says, whatever came before.
  func expect(_ draft: [Int32]) {
    reset()
    for token in draft { append(token, .lookup(length: 2)) }
  }

  /// Expects what comes after a text.
  ///
  /// - Parameters:
  ///   - text: prompt and output.
  ///   - state: of the sampler, after it.
  ///   - limit: tokens to expect at most.
  ///   - ends: whether a token, after so many more, would end the answer: it is not drafted.
  func expect(
    after text: [Int32], _ state: SamplingState, atMost limit: Int, ends: (Int32, Int) -> Bool
  ) {
    reset()
    lookup.extend(to: text)
    guard limit > 0 else { return }
    state.forEachExpectedToken { token, streak in
      guard tokens.count < limit, !ends(token, tokens.count) else { return false }
      append(token, .habit(streak: streak))
      return true
    }
    guard let match = lookup.match else { return }
    // One of the two: whichever is more likely to begin right.
    let kind = DraftKind.lookup(length: match.length)
    if !tokens.isEmpty, chance(of: 0) >= ownRates.rate(kind, common: rates[kind]) { return }
    // Where what followed reaches the text's end, it goes round: the last tokens are then the beginning of a loop.
    let span = text.count - match.place
    let found = (0..<limit).map { text[match.place + $0 % span] }[...]
    let admitted = found.prefix(state.admittedCount(of: found))
    guard !admitted.isEmpty || tokens.isEmpty else { return }
    reset()
    for token in admitted {
      if ends(token, tokens.count) { return }
      append(token, .lookup(length: match.length + tokens.count))
    }
  }

  private func append(_ token: Int32, _ kind: DraftKind) {
    tokens.append(token)
    kinds.append(kind)
  }

  private func reset() {
    tokens.removeAll(keepingCapacity: true)
    kinds.removeAll(keepingCapacity: true)
    (rightCount, isRefuted) = (0, false)
  }
}
