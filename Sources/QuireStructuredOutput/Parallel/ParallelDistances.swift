/// How many tokens each state is from the end of its rule, as ``Distances`` does for deterministic automata: by tokens of
/// one byte, and by longer ones where few bytes may follow. A call costs what the called rule does.
struct ParallelDistances {
  /// For each state, the tokens of the shortest known completion of its rule; 0 where it may end.
  private(set) var tokens: [Int32] = []

  /// One way on: `cost` tokens, then all of `targets` have to be completed.
  private struct Step {
    let source: Int32
    let targets: [Int32]
    let cost: Int32
  }
  /// A state above where a walk began, and the returns below it.
  private struct Place: Hashable {
    var state: Int32
    var returns: [Int32] = []
  }

  private static let narrowByteCount = 12
  /// Places of one prefix of a token that are followed.
  private static let placeCount = 16

  private let automaton: ParallelAutomaton

  init(_ automaton: ParallelAutomaton, _ vocabulary: ConstraintVocabulary) {
    self.automaton = automaton
    var bytesOfClass = [Int](repeating: 0, count: automaton.classCount)
    var isAvailable = [Bool](repeating: false, count: automaton.classCount)
    for byte in 0..<256 {
      bytesOfClass[Int(automaton.classOfByte[byte])] += 1
      if vocabulary.isSingleByteToken[byte] { isAvailable[Int(automaton.classOfByte[byte])] = true }
    }
    // Some hundred milliseconds in all.
    let budget = min(1000, 50 + 400_000 / automaton.stateCount)
    var steps: [Step] = []
    for state in 0..<Int32(automaton.stateCount) {
      for call in automaton.calls(of: state) {
        let targets = [automaton.starts[Int(call.rule)]] + (call.target < 0 ? [] : [call.target])
        steps.append(Step(source: state, targets: targets, cost: 0))
      }
      var count = 0
      var reached: Set<Int32> = []
      for column in 0..<automaton.classCount {
        let next = automaton.moves[Int(state) * automaton.classCount + column]
        if next >= 0 || begins(state, column) { count += bytesOfClass[column] }
        if next >= 0, isAvailable[column], reached.insert(next).inserted {
          steps.append(Step(source: state, targets: [next], cost: 1))
        }
      }
      if count <= Self.narrowByteCount {
        addTokens(from: state, vocabulary, budget: budget, &steps)
      } else {
        addWords(from: state, vocabulary, &steps)
      }
    }
    settle(steps)
    let stuck = tokens.indices.filter { tokens[$0] == Distances.unreachable }
    if !stuck.isEmpty, vocabulary.isSingleByteToken.contains(false) {
      for state in stuck { addTokens(from: Int32(state), vocabulary, budget: Int.max, &steps) }
      settle(steps)
    }
  }

  private func begins(_ state: Int32, _ column: Int) -> Bool {
    automaton.calls(of: state).contains { automaton.begins[Int($0.rule) * automaton.classCount + column] }
  }

  private mutating func settle(_ steps: [Step]) {
    tokens = [Int32](repeating: Distances.unreachable, count: automaton.stateCount)
    var uses = [[Int32]](repeating: [], count: automaton.stateCount)
    for (index, step) in steps.enumerated() {
      for state in step.targets { uses[Int(state)].append(Int32(index)) }
    }
    var unmet = steps.map(\.targets.count)
    var costs = steps.map(\.cost)
    var queue = BucketQueue()
    for state in 0..<automaton.stateCount where automaton.isAccepting[state] {
      queue.insert(Int32(state), step: -1, at: 0)
    }
    while let (state, _, cost) = queue.removeFirst() {
      guard tokens[Int(state)] == Distances.unreachable else { continue }
      tokens[Int(state)] = cost
      for use in uses[Int(state)].lazy.map(Int.init) {
        unmet[use] -= 1
        costs[use] = min(costs[use] + cost, ConstraintLimits.shortestAnswer + 1)
        if unmet[use] == 0, costs[use] <= ConstraintLimits.shortestAnswer {
          queue.insert(steps[use].source, step: Int32(use), at: costs[use])
        }
      }
    }
  }

  /// Tokens that stay above the place where they begin.
  private func addTokens(
    from source: Int32, _ vocabulary: ConstraintVocabulary, budget: Int, _ steps: inout [Step]
  ) {
    var reached: Set<Place> = []
    var levels: [[Place]] = [[Place(state: source)]]
    var visits = 0
    var index = 0
    let nodes = vocabulary.nodes
    while index < nodes.count - 1 {
      let node = nodes[index]
      levels.removeLast(levels.count - Int(node.depth))
      visits += 1
      if node.depth > 1, visits > budget {
        index = Int(node.end)
        continue
      }
      let column = Int(automaton.classOfByte[Int(node.byte)])
      var places: [Place] = []
      for place in levels.last! { read(column, place, &places) }
      if places.isEmpty {
        index = Int(node.end)
        continue
      }
      if node.firstToken < nodes[index + 1].firstToken {
        for place in places where reached.insert(place).inserted {
          steps.append(Step(source: source, targets: place.returns + [place.state], cost: 1))
        }
      }
      levels.append(places)
      index += 1
    }
  }

  private func read(_ column: Int, _ place: Place, _ places: inout [Place]) {
    var pending = [place]
    while let place = pending.popLast(), places.count < Self.placeCount {
      let next = automaton.moves[Int(place.state) * automaton.classCount + column]
      if next >= 0 {
        let place = Place(state: next, returns: place.returns)
        if !places.contains(place) { places.append(place) }
      }
      if automaton.isAccepting[Int(place.state)], let last = place.returns.last {
        pending.append(Place(state: last, returns: place.returns.dropLast()))
      }
      for call in automaton.calls(of: place.state)
      where automaton.begins[Int(call.rule) * automaton.classCount + column]
        && pending.count < Self.placeCount
      {
        let returns = place.returns + (call.target < 0 ? [] : [call.target])
        pending.append(Place(state: automaton.starts[Int(call.rule)], returns: returns))
      }
    }
  }

  /// A few tokens of letters, so that a text of a hundred characters does not count as a hundred tokens.
  private func addWords(
    from source: Int32, _ vocabulary: ConstraintVocabulary, _ steps: inout [Step]
  ) {
    for token in vocabulary.wordTokens {
      var state = source
      for byte in vocabulary.bytes(of: token) where state >= 0 {
        state = automaton.moves[Int(state) * automaton.classCount + Int(automaton.classOfByte[Int(byte)])]
      }
      if state >= 0, state != source { steps.append(Step(source: source, targets: [state], cost: 1)) }
    }
  }
}
