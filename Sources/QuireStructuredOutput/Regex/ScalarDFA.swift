import QuireExpressions

/// A deterministic automaton over Unicode scalars, with as few states as its texts need.
///
/// Invariant: the sets of a state's edges are disjoint; no edge leads to a state without a way to the end.
struct ScalarDFA {
  struct Edge {
    let set: ScalarSet
    let target: Int32
  }
  struct State {
    var edges: [Edge] = []
    var isAccepting = false
  }

  /// The first one is the start.
  private(set) var states: [State]
  let place: String

  /// States as they are; see the invariant.
  init(states: [State], place: String) {
    self.states = states
    self.place = place
  }

  /// By the subset construction (Rabin and Scott, 1959), then Moore's partition refinement.
  ///
  /// - Throws: beyond ``ConstraintLimits/expressionStateCount`` states.
  init(_ automaton: ScalarAutomaton) throws(ConstraintError) {
    place = automaton.place
    states = []
    var numbers: [[Int32]: Int32] = [:]
    var subsets: [[Int32]] = []
    func number(_ subset: [Int32]) throws(ConstraintError) -> Int32 {
      if let known = numbers[subset] { return known }
      guard subsets.count < ConstraintLimits.expressionStateCount else {
        throw .limit(
          automaton.place, "an expression whose texts are hard to tell from all others",
          atMost: ConstraintLimits.expressionStateCount, "states")
      }
      let new = Int32(subsets.count)
      numbers[subset] = new
      subsets.append(subset)
      return new
    }
    let universal = automaton.universalStates
    /// Where everything is accepted from one state on, the others do not matter.
    func closure(_ states: [Int32]) -> [Int32] {
      let closure = automaton.closure(states)
      guard let state = universal.first(where: closure.contains) else { return closure }
      return automaton.closure([state])
    }
    _ = try number(closure([automaton.start]))
    var next = 0
    var work = 0
    while next < subsets.count {
      let subset = subsets[next]
      next += 1
      var state = State()
      state.isAccepting = subset.contains(automaton.accept)
      for (targets, set) in automaton.partition(subset, &work) where !targets.isEmpty {
        state.edges.append(Edge(set: set, target: try number(closure(targets))))
      }
      guard work <= ConstraintLimits.partitionWork else {
        throw .limit(
          automaton.place, "an expression whose texts are hard to tell from all others",
          atMost: ConstraintLimits.partitionWork, "ranges of characters that are told apart")
      }
      states.append(state)
    }
    minimise()
  }

  // MARK: Fewer states

  /// Entries of the table of states and ranges of characters that are looked at in all rounds.
  private static let minimisationWork = 4_000_000

  /// Equal states become one, as far as that takes few steps; those without a way to the end go.
  private mutating func minimise() {
    removeDeadEdges()
    // Characters that no edge tells apart are one column.
    var bounds: Set<UInt32> = [0]
    for edge in states.lazy.flatMap(\.edges) {
      for range in edge.set.ranges {
        bounds.insert(range.lowerBound)
        if range.upperBound < 0x10FFFF { bounds.insert(range.upperBound + 1) }
      }
    }
    let starts = bounds.sorted()
    let width = starts.count
    guard states.count > 1, states.count * width * 2 <= Self.minimisationWork else { return }
    let columns = Dictionary(uniqueKeysWithValues: starts.enumerated().map { ($1, $0) })
    var table = [Int32](repeating: -1, count: states.count * width)
    for (index, state) in states.enumerated() {
      for edge in state.edges {
        for range in edge.set.ranges {
          let end = range.upperBound < 0x10FFFF ? columns[range.upperBound + 1]! : width
          for column in columns[range.lowerBound]!..<end { table[index * width + column] = edge.target }
        }
      }
    }
    var classes = states.map { $0.isAccepting ? Int32(1) : 0 }
    var count = Set(classes).count
    var work = 0
    var known = SignatureIndex()
    while true {
      work += table.count
      if work > Self.minimisationWork { return }
      known.removeAll()
      var next: [Int32] = []
      next.reserveCapacity(states.count)
      for index in states.indices {
        var signature = Signature()
        signature.add(classes[index])
        for target in table[index * width..<(index + 1) * width] {
          signature.add(target < 0 ? -1 : classes[Int(target)])
        }
        next.append(Int32(known.number(of: signature)))
      }
      classes = next
      if known.count == count { break }
      count = known.count
    }
    if count == states.count { return }
    var result = [State?](repeating: nil, count: count)
    for (index, state) in states.enumerated() where result[Int(classes[index])] == nil {
      var sets: [Int32: [ScalarSet]] = [:]
      for edge in state.edges { sets[classes[Int(edge.target)], default: []].append(edge.set) }
      let edges = sets.map { target, sets in
        Edge(set: sets.count == 1 ? sets[0] : ScalarSet(sets.flatMap(\.ranges)), target: target)
      }
      result[Int(classes[index])] = State(
        edges: edges.sorted { $0.target < $1.target }, isAccepting: state.isAccepting)
    }
    states = result.map { $0! }
  }

  private mutating func removeDeadEdges() {
    let distances = self.distances
    for index in states.indices { states[index].edges.removeAll { distances[Int($0.target)] == .max } }
  }

  /// For each state, the characters of the shortest way to the end; `Int.max` where there is none.
  private var distances: [Int] {
    var sources = [[Int]](repeating: [], count: states.count)
    for (source, state) in states.enumerated() {
      for edge in state.edges { sources[Int(edge.target)].append(source) }
    }
    var distances = states.map { $0.isAccepting ? 0 : Int.max }
    var current = states.indices.filter { states[$0].isAccepting }
    var distance = 0
    while !current.isEmpty {
      distance += 1
      var next: [Int] = []
      for target in current {
        for source in sources[target] where distances[source] == .max {
          distances[source] = distance
          next.append(source)
        }
      }
      current = next
    }
    return distances
  }

  // MARK: Other texts

  /// Whether no text is accepted.
  var isEmpty: Bool { !states[0].isAccepting && states[0].edges.isEmpty }

  /// Whether a text is accepted.
  func accepts(_ text: String) -> Bool {
    var state = 0
    for scalar in text.unicodeScalars {
      guard let edge = states[state].edges.first(where: { $0.set.contains(scalar) }) else { return false }
      state = Int(edge.target)
    }
    return states[state].isAccepting
  }

  /// All other texts.
  var complement: ScalarDFA {
    var result = states
    let sink = Int32(states.count)
    for index in result.indices {
      result[index].isAccepting.toggle()
      let rest = ScalarSet(result[index].edges.flatMap(\.set.ranges)).inverted
      if !rest.isEmpty { result[index].edges.append(Edge(set: rest, target: sink)) }
    }
    result.append(State(edges: [Edge(set: .all, target: sink)], isAccepting: true))
    var complement = ScalarDFA(states: result, place: place)
    complement.minimise()
    return complement
  }

  /// The texts that both accept; with more states than needed where it need not be minimal.
  ///
  /// - Throws: beyond the limit of states, and of ranges of characters that are compared.
  func intersection(_ other: ScalarDFA, isMinimal: Bool = true) throws(ConstraintError) -> ScalarDFA {
    var work = 0
    var result = try product(0) { a, b throws(ConstraintError) in
      let (first, second) = (states[Int(a)], other.states[b])
      var edges: [(ScalarSet, Int32, Int)] = []
      for left in first.edges {
        for right in second.edges {
          work += left.set.ranges.count + right.set.ranges.count
          try Self.checkWork(work, place)
          let common = left.set.intersection(right.set)
          if !common.isEmpty { edges.append((common, left.target, Int(right.target))) }
        }
      }
      return (edges, first.isAccepting && second.isAccepting)
    }
    if isMinimal { result.minimise() }
    return result
  }

  private static func checkWork(_ work: Int, _ place: String) throws(ConstraintError) {
    guard work <= ConstraintLimits.intersectionWork else {
      throw .limit(
        place, "counts of classes of many characters", atMost: ConstraintLimits.intersectionWork,
        "ranges of characters in all (pattern, format and lengths multiply)")
    }
  }

  /// The texts of so many characters.
  func limited(minimum: Int, maximum: Int?) throws(ConstraintError) -> ScalarDFA {
    let distances = self.distances
    var work = 0
    return try product(0) { state, count throws(ConstraintError) in
      let own = states[Int(state)]
      var edges: [(ScalarSet, Int32, Int)] = []
      for edge in own.edges {
        work += edge.set.ranges.count
        try Self.checkWork(work, place)
        if let maximum, distances[Int(edge.target)] > maximum - count - 1 { continue }
        edges.append((edge.set, edge.target, maximum == nil ? min(count + 1, minimum) : count + 1))
      }
      return (edges, own.isAccepting && count >= minimum)
    }
  }

  /// The automaton of pairs of a state and something else, from the start and `first` on.
  private func product(
    _ first: Int,
    _ step: (Int32, Int) throws(ConstraintError) -> (edges: [(ScalarSet, Int32, Int)], isAccepting: Bool)
  ) throws(ConstraintError) -> ScalarDFA {
    struct Pair: Hashable {
      let state: Int32
      let other: Int
    }
    var numbers = [Pair(state: 0, other: first): Int32(0)]
    var pairs = [Pair(state: 0, other: first)]
    var result: [State] = []
    while result.count < pairs.count {
      let pair = pairs[result.count]
      let (edges, isAccepting) = try step(pair.state, pair.other)
      var state = State(isAccepting: isAccepting)
      for (set, target, other) in edges {
        let next = Pair(state: target, other: other)
        if numbers[next] == nil {
          guard pairs.count < ConstraintLimits.nodeCount else {
            throw .limit(
              place, "an expression that takes more states", atMost: ConstraintLimits.nodeCount,
              "(pattern, format and lengths multiply)")
          }
          numbers[next] = Int32(pairs.count)
          pairs.append(next)
        }
        state.edges.append(Edge(set: set, target: numbers[next]!))
      }
      result.append(state)
    }
    var whole = ScalarDFA(states: result, place: place)
    whole.removeDeadEdges()
    return whole
  }

  /// The texts that either accepts.
  func union(_ other: ScalarDFA) throws(ConstraintError) -> ScalarDFA {
    try complement.intersection(other.complement).complement
  }
}
