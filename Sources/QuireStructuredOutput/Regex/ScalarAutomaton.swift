import QuireExpressions

/// A nondeterministic automaton over Unicode scalars (Thompson, CACM 1968): one start, one accepting state.
struct ScalarAutomaton {
  struct Edge {
    let set: ScalarSet
    let target: Int32
  }
  struct State {
    var epsilons: [Int32] = []
    var edges: [Edge] = []
  }

  private(set) var states: [State] = [State()]
  let start: Int32 = 0
  private(set) var accept: Int32 = 0
  private let place: String

  /// - Throws: where repetitions multiply beyond ``ConstraintLimits/nodeCount`` states.
  init(_ node: RegexNode, place: String) throws(ConstraintError) {
    self.place = place
    accept = try add(node, from: start)
  }

  private init(place: String) { self.place = place }

  private mutating func newState() throws(ConstraintError) -> Int32 {
    guard states.count < ConstraintLimits.nodeCount else {
      throw .limit(
        place, "an expression that takes more states", atMost: ConstraintLimits.nodeCount,
        "(repetitions in one another multiply)")
    }
    states.append(State())
    return Int32(states.count - 1)
  }

  private mutating func newState(after state: Int32) throws(ConstraintError) -> Int32 {
    let next = try newState()
    states[Int(state)].epsilons.append(next)
    return next
  }

  /// Adds `node` from a state on; the state where it ends.
  private mutating func add(_ node: RegexNode, from state: Int32) throws(ConstraintError) -> Int32 {
    switch node {
    case .empty: return state
    case .scalars(let set):
      let next = try newState()
      states[Int(state)].edges.append(Edge(set: set, target: next))
      return next
    case .sequence(let nodes):
      var current = state
      for node in nodes { current = try add(node, from: current) }
      return current
    case .alternatives(let nodes):
      let end = try newState()
      for node in nodes {
        let last = try add(node, from: try newState(after: state))
        states[Int(last)].epsilons.append(end)
      }
      return end
    case .repeated(let node, let minimum, let maximum):
      var current = state
      // Each round takes a state of its own, so that rounds of nothing are bounded too.
      for _ in 0..<minimum { current = try add(node, from: try newState(after: current)) }
      guard let maximum else {
        let loop = try newState(after: current)
        let last = try add(node, from: try newState(after: loop))
        states[Int(last)].epsilons.append(loop)
        return try newState(after: loop)
      }
      let end = try newState(after: current)
      for _ in minimum..<maximum {
        current = try add(node, from: try newState(after: current))
        states[Int(current)].epsilons.append(end)
      }
      return end
    }
  }

  /// The texts that both accept. Pairs of states that can be reached.
  ///
  /// - Throws: beyond the limits of states, and of ranges of characters that are compared.
  func intersection(_ other: ScalarAutomaton) throws(ConstraintError) -> ScalarAutomaton {
    struct Pair: Hashable {
      let a: Int32
      let b: Int32
    }
    var result = ScalarAutomaton(place: place)
    var indices = [Pair(a: start, b: other.start): Int32(0)]
    var pairs = [Pair(a: start, b: other.start)]
    func index(_ pair: Pair, _ result: inout ScalarAutomaton) throws(ConstraintError) -> Int32 {
      if let known = indices[pair] { return known }
      let new = try result.newState()
      indices[pair] = new
      pairs.append(pair)
      return new
    }
    result.accept = try index(Pair(a: accept, b: other.accept), &result)
    var next = 0
    var work = 0
    while next < pairs.count {
      let pair = pairs[next]
      let (first, second) = (states[Int(pair.a)], other.states[Int(pair.b)])
      for a in first.epsilons {
        result.states[next].epsilons.append(try index(Pair(a: a, b: pair.b), &result))
      }
      for b in second.epsilons {
        result.states[next].epsilons.append(try index(Pair(a: pair.a, b: b), &result))
      }
      for left in first.edges {
        for right in second.edges {
          work += left.set.ranges.count + right.set.ranges.count
          guard work <= ConstraintLimits.intersectionWork else {
            throw .limit(
              place, "counts of classes of many characters", atMost: ConstraintLimits.intersectionWork,
              "ranges of characters in all (pattern, format and lengths multiply)")
          }
          let common = left.set.intersection(right.set)
          if common.isEmpty { continue }
          let target = try index(Pair(a: left.target, b: right.target), &result)
          result.states[next].edges.append(Edge(set: common, target: target))
        }
      }
      next += 1
    }
    return result
  }

  /// The texts but those in `names`, of scalars in `alphabet`: a trie of the names that leaves to a loop.
  static func allTexts(
    except names: [String], of alphabet: ScalarSet, place: String
  ) throws(ConstraintError) -> ScalarAutomaton {
    var result = ScalarAutomaton(place: place)
    let accept = try result.newState()
    let loop = try result.newState(after: accept)
    result.states[Int(accept)].epsilons = []
    result.states[Int(loop)].epsilons = [accept]
    result.states[Int(loop)].edges = [Edge(set: alphabet, target: loop)]
    result.accept = accept
    struct Step: Hashable {
      let node: Int
      let scalar: Unicode.Scalar
    }
    var known: [Step: Int] = [:]
    var children: [[(scalar: Unicode.Scalar, state: Int32)]] = [[]]
    var nodes: [Int32] = [0]
    var isName: [Bool] = [false]
    for name in names {
      var node = 0
      for scalar in name.unicodeScalars {
        if let next = known[Step(node: node, scalar: scalar)] {
          node = next
          continue
        }
        known[Step(node: node, scalar: scalar)] = nodes.count
        children[node].append((scalar, Int32(nodes.count)))
        node = nodes.count
        nodes.append(try result.newState())
        children.append([])
        isName.append(false)
      }
      isName[node] = true
    }
    for (node, state) in nodes.enumerated() {
      let named = ScalarSet(children[node].map { $0.scalar.value...$0.scalar.value })
      var edges = children[node].map { Edge(set: ScalarSet($0.scalar), target: nodes[Int($0.state)]) }
      edges.append(Edge(set: alphabet.intersection(named.inverted), target: loop))
      result.states[Int(state)].edges = edges
      if !isName[node] { result.states[Int(state)].epsilons = [accept] }
    }
    return result
  }
}
