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

  /// One way on: a token from `source` to `target`, with returns pushed.
  private struct Step {
    let source: Int32
    let target: Int32
    let returns: [Int32]
    /// Frames that were pushed at most on the way.
    let highWater: Int32
  }

  /// States where more bytes than this may follow count tokens of one byte and some words, unless those lead nowhere.
  private static let narrowByteCount = 12
  /// Trie nodes looked at for one narrow state.
  private static let walkBudget = 2000

  init(_ automaton: PushdownAutomaton, _ vocabulary: ConstraintVocabulary) {
    tokens = []
    frames = []
    var steps: [Step] = []
    var isAvailable = [Bool](repeating: false, count: automaton.classCount)
    for byte in 0..<256 where vocabulary.isSingleByteToken[byte] {
      isAvailable[Int(automaton.classOfByte[byte])] = true
    }
    var bytesOfClass = [Int](repeating: 0, count: automaton.classCount)
    for byte in 0..<256 { bytesOfClass[Int(automaton.classOfByte[byte])] += 1 }
    for state in 0..<Int32(automaton.stateCount) {
      if Self.followerCount(automaton, state, bytesOfClass) <= Self.narrowByteCount {
        Self.addSteps(from: state, automaton, vocabulary, budget: Self.walkBudget, &steps)
      } else {
        Self.addSingleByteSteps(from: state, automaton, isAvailable, &steps)
        Self.addWordSteps(from: state, automaton, vocabulary, &steps)
      }
    }
    settle(automaton, steps)
    // Where a byte has no token of its own, the longer ones that hold it are the way.
    let stuck = tokens.indices.filter { tokens[$0] == Self.unreachable }
    if !stuck.isEmpty, vocabulary.isSingleByteToken.contains(false) {
      for state in stuck {
        Self.addSteps(from: Int32(state), automaton, vocabulary, budget: Int.max, &steps)
      }
      settle(automaton, steps)
    }
  }

  /// The bytes that may follow; more than enough where it stops counting.
  private static func followerCount(
    _ automaton: PushdownAutomaton, _ state: Int32, _ bytesOfClass: [Int]
  ) -> Int {
    var count = 0
    for (byteClass, bytes) in bytesOfClass.enumerated() where automaton.move(of: state, byteClass) != .none {
      count += bytes
      if count > narrowByteCount { break }
    }
    return count
  }

  /// The distances that the steps give.
  private mutating func settle(_ automaton: PushdownAutomaton, _ steps: [Step]) {
    let stateCount = automaton.stateCount
    tokens = [Int32](repeating: Self.unreachable, count: stateCount)
    frames = [Int32](repeating: 0, count: stateCount)
    var uses = [[Int32]](repeating: [], count: stateCount)
    for (index, step) in steps.enumerated() {
      uses[Int(step.target)].append(Int32(index))
      for state in step.returns { uses[Int(state)].append(Int32(index)) }
    }
    var unmet = steps.map { Int32($0.returns.count + 1) }
    var costs = [Int32](repeating: 1, count: steps.count)
    var queue = BucketQueue()
    for state in 0..<stateCount where automaton.isAccepting[state] {
      queue.insert(Int32(state), step: -1, at: 0)
    }
    while let (state, index, cost) = queue.removeFirst() {
      guard tokens[Int(state)] == Self.unreachable else { continue }
      tokens[Int(state)] = cost
      if index >= 0 { frames[Int(state)] = need(steps[Int(index)]) }
      for use in uses[Int(state)] {
        let use = Int(use)
        unmet[use] -= 1
        costs[use] = min(costs[use] + cost, ConstraintLimits.shortestAnswer + 1)
        if unmet[use] == 0, costs[use] <= ConstraintLimits.shortestAnswer,
          tokens[Int(steps[use].source)] == Self.unreachable
        {
          queue.insert(steps[use].source, step: Int32(use), at: costs[use])
        }
      }
    }
  }

  private func need(_ step: Step) -> Int32 {
    var need = max(step.highWater, Int32(step.returns.count) + frames[Int(step.target)])
    for (below, state) in step.returns.enumerated() { need = max(need, Int32(below) + frames[Int(state)]) }
    return need
  }

  /// Every token that stays above the stack that it began with.
  private static func addSteps(
    from source: Int32, _ automaton: PushdownAutomaton, _ vocabulary: ConstraintVocabulary, budget: Int,
    _ steps: inout [Step]
  ) {
    struct Level {
      var state: Int32
      var stack = UnboundedStack()
      var highWater: Int32 = 0
    }
    let transitions = automaton.transitions
    var levels = [Level(state: source)]
    var seen: Set<[Int32]> = []
    var visits = 0
    var index = 0
    let nodes = vocabulary.nodes
    while index < nodes.count - 1 {
      let node = nodes[index]
      let depth = Int(node.depth)
      levels.removeLast(levels.count - depth)
      var level = levels[depth - 1]
      // Past the budget, single bytes still count: they are what every distance rests on.
      let isPastBudget = depth > 1 && visits > budget
      visits += 1
      guard !isPastBudget, transitions.read(node.byte, &level.state, &level.stack) else {
        index = Int(node.end)
        continue
      }
      let returns = level.stack.returns
      level.highWater = max(level.highWater, Int32(returns.count))
      if node.firstToken < nodes[index + 1].firstToken, seen.insert(returns + [level.state]).inserted {
        steps.append(
          Step(source: source, target: level.state, returns: returns, highWater: level.highWater))
      }
      levels.append(level)
      index += 1
    }
  }

  /// The tokens of one byte.
  private static func addSingleByteSteps(
    from source: Int32, _ automaton: PushdownAutomaton, _ isAvailable: [Bool], _ steps: inout [Step]
  ) {
    var moves: [PushdownAutomaton.Move] = []
    for c in 0..<automaton.classCount where isAvailable[c] {
      let move = automaton.move(of: source, c)
      if moves.last != move { moves.append(move) }
    }
    moves.sort()
    var previous = PushdownAutomaton.Move.none
    for move in moves where move != previous {
      previous = move
      switch move.kind {
      case .none: continue
      case .state(let target):
        steps.append(Step(source: source, target: target, returns: [], highWater: 0))
      case .call(let call):
        let returns = Array(automaton.pushes(ofCall: call))
        steps.append(
          Step(
            source: source, target: automaton.callTargets[call], returns: returns,
            highWater: Int32(returns.count)))
      }
    }
  }

  /// A few tokens of letters, so that a string of a hundred characters does not count as a hundred tokens.
  private static func addWordSteps(
    from source: Int32, _ automaton: PushdownAutomaton, _ vocabulary: ConstraintVocabulary,
    _ steps: inout [Step]
  ) {
    let transitions = automaton.transitions
    for token in vocabulary.wordTokens {
      var state = source
      var stack = UnboundedStack()
      guard vocabulary.bytes(of: token).allSatisfy({ transitions.read($0, &state, &stack) }),
        stack.returns.isEmpty, state != source
      else { continue }
      steps.append(Step(source: source, target: state, returns: [], highWater: 0))
    }
  }
}

/// Returns without a bound: the tokens that are tried push few.
private struct UnboundedStack: ReturnStack {
  var returns: [Int32] = []

  mutating func push(_ state: Int32) -> Bool {
    returns.append(state)
    return true
  }
  mutating func pop() -> Int32? { returns.popLast() }
  func arrive(in state: Int32) -> Bool { true }
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
