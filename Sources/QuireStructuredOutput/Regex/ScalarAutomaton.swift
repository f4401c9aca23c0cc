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

  /// A way on without reading that an assertion opens.
  struct Guard {
    enum Kind { case start, end, wordBoundary, noWordBoundary, ahead, notAhead }
    let kind: Kind
    let source: Int32
    let target: Int32
    /// Where the expression begins that must match, or must not, from here on.
    let start: Int32
  }

  var states: [State] = [State()]
  var start: Int32 = 0
  var accept: Int32 = 0
  let place: String
  /// Assertions, of which ``AssertionResolver`` makes states; none stands in any other automaton.
  private(set) var guards: [Guard] = []
  /// Where the expressions of assertions end.
  private(set) var lookaheadEnds: Set<Int32> = []

  /// - Throws: where repetitions multiply beyond ``ConstraintLimits/nodeCount`` states.
  init(_ node: RegexNode, place: String) throws(ConstraintError) {
    self.place = place
    accept = try add(node, from: start)
  }

  /// One without states to begin with but the start.
  init(place: String) { self.place = place }

  mutating func newState() throws(ConstraintError) -> Int32 {
    guard states.count < ConstraintLimits.nodeCount else {
      throw .limit(
        place, "an expression that takes more states", atMost: ConstraintLimits.nodeCount,
        "(repetitions in one another multiply)")
    }
    states.append(State())
    return Int32(states.count - 1)
  }

  mutating func newState(after state: Int32) throws(ConstraintError) -> Int32 {
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
    case .assertion(let assertion):
      // A state of its own, so that each has one assertion.
      let source = try newState(after: state)
      let target = try newState()
      var (kind, inner): (Guard.Kind, RegexNode?) = (.start, nil)
      switch assertion {
      case .start: kind = .start
      case .end: kind = .end
      case .wordBoundary: kind = .wordBoundary
      case .noWordBoundary: kind = .noWordBoundary
      case .ahead(let node): (kind, inner) = (.ahead, node)
      case .notAhead(let node): (kind, inner) = (.notAhead, node)
      }
      var start: Int32 = 0
      if let inner {
        start = try newState()
        lookaheadEnds.insert(try add(inner, from: start))
      }
      guards.append(Guard(kind: kind, source: source, target: target, start: start))
      return target
    }
  }
}
