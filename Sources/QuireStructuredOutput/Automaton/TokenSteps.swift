/// The ways on that tokens are, from state to state: what distances rest on.
struct TokenSteps {
  /// A token from `source` to `target`, with returns pushed.
  struct Step {
    let source: Int32
    let target: Int32
    /// Its part of ``TokenSteps/returns``, outermost first.
    let returns: Range<Int>
    /// Frames that were pushed at most on the way.
    let highWater: Int32
  }

  private(set) var steps: [Step] = []
  private(set) var returns: [Int32] = []
  private let automaton: PushdownAutomaton
  private let vocabulary: ConstraintVocabulary
  /// For each class of bytes, those bytes, and whether one of them is a token.
  private var bytesOfClass: [[UInt8]]
  private var isAvailable: [Bool]
  private let words: [[UInt8]]
  /// For each state, the last source of which a step led there with nothing pushed.
  private var marks: [Int32]
  private var stack = PathStack()
  private var moves: [PushdownAutomaton.Move] = []

  init(_ automaton: PushdownAutomaton, _ vocabulary: ConstraintVocabulary) {
    self.automaton = automaton
    self.vocabulary = vocabulary
    bytesOfClass = [[UInt8]](repeating: [], count: automaton.classCount)
    isAvailable = [Bool](repeating: false, count: automaton.classCount)
    for byte in UInt8.min...UInt8.max {
      let byteClass = Int(automaton.classOfByte[Int(byte)])
      bytesOfClass[byteClass].append(byte)
      if vocabulary.isSingleByteToken[Int(byte)] { isAvailable[byteClass] = true }
    }
    words = vocabulary.wordTokens.map { Array(vocabulary.bytes(of: $0)) }
    marks = [Int32](repeating: -1, count: automaton.stateCount)
  }

  /// The bytes that may follow; more than `limit` where it stops counting.
  func followerCount(_ state: Int32, atMost limit: Int) -> Int {
    var count = 0
    for byteClass in 0..<automaton.classCount where automaton.move(of: state, byteClass) != .none {
      count += bytesOfClass[byteClass].count
      if count > limit { break }
    }
    return count
  }

  /// For each state, the steps that lead to it or push it, from `offsets` of it on.
  func uses(_ stateCount: Int) -> (offsets: [Int32], steps: [Int32]) {
    var offsets = [Int32](repeating: 0, count: stateCount + 1)
    for step in steps { offsets[Int(step.target) + 1] += 1 }
    for state in returns { offsets[Int(state) + 1] += 1 }
    for state in 0..<stateCount { offsets[state + 1] += offsets[state] }
    var ends = offsets
    var uses = [Int32](repeating: 0, count: steps.count + returns.count)
    func use(_ state: Int32, _ step: Int) {
      uses[Int(ends[Int(state)])] = Int32(step)
      ends[Int(state)] += 1
    }
    for (index, step) in steps.enumerated() {
      use(step.target, index)
      for state in returns[step.returns] { use(state, index) }
    }
    return (offsets, uses)
  }

  /// Every token that stays above the stack that it began with.
  ///
  /// - Parameter budget: trie nodes looked at, those of the first byte aside.
  mutating func addAll(from source: Int32, budget: Int) {
    var bytes = ByteSet()
    for byteClass in 0..<automaton.classCount where automaton.move(of: source, byteClass) != .none {
      for byte in bytesOfClass[byteClass] { bytes.insert(byte) }
    }
    marks.withUnsafeMutableBufferPointer { marks in
      var walk = TokenWalk(
        source: source, budget: budget, transitions: automaton.transitions, nodes: vocabulary.nodes,
        marks: marks)
      bytes.forEach { byte in
        let root = vocabulary.roots[Int(byte)]
        if root.node >= 0 { walk.run(from: Int(root.node), rank: Int(root.rank), &stack, &steps, &returns) }
      }
    }
  }

  /// The tokens of one byte.
  mutating func addSingleBytes(from source: Int32) {
    moves.removeAll(keepingCapacity: true)
    for c in 0..<automaton.classCount where isAvailable[c] {
      let move = automaton.move(of: source, c)
      if moves.last != move { moves.append(move) }
    }
    moves.sort()
    var previous = PushdownAutomaton.Move.none
    for move in moves where move != previous {
      previous = move
      let first = returns.count
      switch move.kind {
      case .none: continue
      case .state(let target):
        steps.append(Step(source: source, target: target, returns: first..<first, highWater: 0))
      case .call(let call):
        for state in automaton.pushes(ofCall: call) { returns.append(state) }
        steps.append(
          Step(
            source: source, target: automaton.callTargets[call], returns: first..<returns.count,
            highWater: Int32(returns.count - first)))
      }
    }
  }

  /// A few tokens of letters, so that a string of a hundred characters does not count as a hundred tokens.
  mutating func addWords(from source: Int32) {
    let transitions = automaton.transitions
    for word in words {
      var state = source
      stack.clear()
      guard word.allSatisfy({ transitions.read($0, &state, &stack) }), stack.isEmpty, state != source
      else { continue }
      steps.append(
        Step(source: source, target: state, returns: returns.count..<returns.count, highWater: 0))
    }
  }
}

/// Walks over the trie of a vocabulary from one state on, finding the tokens that fit there.
private struct TokenWalk {
  private struct Level {
    var state: Int32
    var top: PathStack.Top
    var highWater: Int32
  }

  let source: Int32
  let budget: Int
  let transitions: Transitions
  let nodes: FlatTable<TrieNode>
  let marks: UnsafeMutableBufferPointer<Int32>
  private var levels: [Level] = []
  private var seen: Set<[Int32]> = []
  private var visits = 0

  init(
    source: Int32, budget: Int, transitions: Transitions, nodes: FlatTable<TrieNode>,
    marks: UnsafeMutableBufferPointer<Int32>
  ) {
    self.source = source
    self.budget = budget
    self.transitions = transitions
    self.nodes = nodes
    self.marks = marks
  }

  /// The tokens that begin with one byte.
  ///
  /// - Parameters:
  ///   - root: the byte's node.
  ///   - rank: nodes of a first byte before it.
  mutating func run(
    from root: Int, rank: Int, _ stack: inout PathStack, _ steps: inout [TokenSteps.Step],
    _ returns: inout [Int32]
  ) {
    stack.clear()
    levels.removeAll(keepingCapacity: true)
    levels.append(Level(state: source, top: stack.top, highWater: 0))
    var index = root
    let end = Int(nodes.base[root].end)
    while index < end {
      let node = nodes.base[index]
      let depth = Int(node.depth)
      levels.removeLast(levels.count - depth)
      var level = levels[depth - 1]
      stack.top = level.top
      // Past the budget, single bytes still count: they are what every distance rests on.
      let isPastBudget = depth > 1 && visits + rank + 1 > budget
      if depth > 1 { visits += 1 }
      guard !isPastBudget, transitions.read(node.byte, &level.state, &stack) else {
        index = Int(node.end)
        continue
      }
      level.top = stack.top
      level.highWater = max(level.highWater, level.top.depth)
      if node.firstToken < nodes.base[index + 1].firstToken, isNew(level.state, stack) {
        let first = returns.count
        stack.append(to: &returns)
        steps.append(
          TokenSteps.Step(
            source: source, target: level.state, returns: first..<returns.count, highWater: level.highWater))
      }
      levels.append(level)
      index += 1
    }
  }

  /// Whether no token has come there before.
  private mutating func isNew(_ state: Int32, _ stack: PathStack) -> Bool {
    if stack.isEmpty {
      if marks[Int(state)] == source { return false }
      marks[Int(state)] = source
      return true
    }
    var key: [Int32] = []
    stack.append(to: &key)
    return seen.insert(key + [state]).inserted
  }
}
