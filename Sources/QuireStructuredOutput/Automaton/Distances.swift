/// How many tokens each state is from the end of its rule, by tokens that the vocabulary really has.
///
/// Knuth's generalisation of Dijkstra's algorithm to grammars (Information Processing Letters 6, 1977). The steps are all
/// tokens of one byte, and the longer ones that fit where few bytes may follow (names of properties, words): what is
/// found is an upper bound that can be reached, and the true distance up to tokens across the ends of rules.
struct Distances {
  static let unreachable = Int32.max

  /// For each state, the tokens of the shortest known completion of its rule; 0 where it may end.
  private(set) var tokens: [Int32]
  /// For each state, the frames that this completion pushes at most.
  private(set) var frames: [Int32]

  /// States where more bytes than this may follow count tokens of one byte and some words, unless those lead nowhere.
  private static let narrowByteCount = 12
  /// Trie nodes looked at for one narrow state.
  private static let walkBudget = 2000

  init(_ automaton: PushdownAutomaton, _ vocabulary: ConstraintVocabulary) {
    tokens = []
    frames = []
    var steps = TokenSteps(automaton, vocabulary)
    for state in 0..<Int32(automaton.stateCount) {
      if steps.followerCount(state, atMost: Self.narrowByteCount) <= Self.narrowByteCount {
        steps.addAll(from: state, budget: Self.walkBudget)
      } else {
        steps.addSingleBytes(from: state)
        steps.addWords(from: state)
      }
    }
    settle(automaton, steps)
    // Where a byte has no token of its own, the longer ones that hold it are the way.
    let stuck = tokens.indices.filter { tokens[$0] == Self.unreachable }
    if !stuck.isEmpty, vocabulary.isSingleByteToken.contains(false) {
      for state in stuck { steps.addAll(from: Int32(state), budget: Int.max) }
      settle(automaton, steps)
    }
  }

  /// The distances that the steps give.
  private mutating func settle(_ automaton: PushdownAutomaton, _ steps: TokenSteps) {
    let stateCount = automaton.stateCount
    tokens = [Int32](repeating: Self.unreachable, count: stateCount)
    frames = [Int32](repeating: 0, count: stateCount)
    let uses = steps.uses(stateCount)
    var unmet = steps.steps.map { Int32($0.returns.count + 1) }
    var costs = [Int32](repeating: 1, count: steps.steps.count)
    var queue = BucketQueue()
    for state in 0..<stateCount where automaton.isAccepting[state] {
      queue.insert(Int32(state), step: -1, at: 0)
    }
    while let (state, index, cost) = queue.removeFirst() {
      guard tokens[Int(state)] == Self.unreachable else { continue }
      tokens[Int(state)] = cost
      if index >= 0 { frames[Int(state)] = need(steps.steps[Int(index)], steps.returns) }
      for place in uses.offsets[Int(state)]..<uses.offsets[Int(state) + 1] {
        let use = Int(uses.steps[Int(place)])
        unmet[use] -= 1
        costs[use] = min(costs[use] + cost, ConstraintLimits.shortestAnswer + 1)
        if unmet[use] == 0, costs[use] <= ConstraintLimits.shortestAnswer,
          tokens[Int(steps.steps[use].source)] == Self.unreachable
        {
          queue.insert(steps.steps[use].source, step: Int32(use), at: costs[use])
        }
      }
    }
  }

  private func need(_ step: TokenSteps.Step, _ returns: [Int32]) -> Int32 {
    var need = max(step.highWater, Int32(step.returns.count) + frames[Int(step.target)])
    for (below, state) in returns[step.returns].enumerated() {
      need = max(need, Int32(below) + frames[Int(state)])
    }
    return need
  }
}

/// A priority queue of small numbers. Insertion O(1); over all removals the greatest number once.
struct BucketQueue {
  private var buckets: [[(state: Int32, step: Int32)]] = []
  private var lowest = 0

  mutating func insert(_ state: Int32, step: Int32, at cost: Int32) {
    while buckets.count <= Int(cost) { buckets.append([]) }
    buckets[Int(cost)].append((state, step))
  }

  /// Takes the cheapest out; of equal cost the one inserted last.
  mutating func removeFirst() -> (state: Int32, step: Int32, cost: Int32)? {
    while lowest < buckets.count {
      if let last = buckets[lowest].popLast() { return (last.state, last.step, Int32(lowest)) }
      lowest += 1
    }
    return nil
  }
}
