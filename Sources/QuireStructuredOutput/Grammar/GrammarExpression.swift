import QuireExpressions

/// The right side of a rule as a tree; its depth is bounded by whoever reads it.
indirect enum GrammarExpression {
  case empty
  /// A text in UTF-8.
  case literal([UInt8])
  case scalars(ScalarSet)
  /// What an automaton over characters accepts.
  case automaton(ScalarAutomaton)
  /// A rule of the same grammar, by number.
  case rule(Int)
  /// The first rule of another network.
  case network(RuleNetwork, root: Int32)
  case sequence([GrammarExpression])
  case alternatives([GrammarExpression])
  /// Repeated at least `minimum` times, at most `maximum` times or without bound.
  case repeated(GrammarExpression, minimum: Int, maximum: Int?)
  /// Texts of expressions without recursion, taken together.
  case combined(Combination, [GrammarExpression])

  /// How texts are taken together.
  enum Combination {
    /// Those that all of several expressions have.
    case both
    /// Those that an expression does not have.
    case others
    /// Those that an expression has, but none that begin with another one.
    case shortest
  }

  /// Whether a copy of it takes a few states.
  var isSmall: Bool {
    switch self {
    case .empty, .scalars, .rule: true
    case .literal(let bytes): bytes.count <= 4
    case .automaton(let automaton): automaton.states.count <= 4
    case .sequence(let parts), .alternatives(let parts): parts.count == 1 && parts[0].isSmall
    case .network, .repeated, .combined: false
    }
  }
}

/// Writes the rules of a grammar as a network.
struct GrammarBuilder {
  private(set) var network: RuleNetwork
  /// The network's rules by number of the grammar's.
  private var rules: [Int32] = []
  private let expressions: [GrammarExpression]

  /// - Parameter expressions: the rules' right sides.
  init(_ expressions: [GrammarExpression], field: String) throws(ConstraintError) {
    self.expressions = expressions
    network = RuleNetwork(field: field)
    for _ in expressions { rules.append(try network.addRule()) }
    for (index, expression) in expressions.enumerated() {
      let ends = network.rules[Int(rules[index])]
      network.addEpsilon(try add(expression, from: ends.start), ends.accept)
    }
  }

  /// The network's rule of one of the grammar's.
  func rule(_ index: Int) -> Int32 { rules[index] }

  /// Adds an expression from a node on; the node behind it.
  private mutating func add(
    _ expression: GrammarExpression, from source: Int32
  ) throws(ConstraintError) -> Int32 {
    switch expression {
    case .empty: return source
    case .literal(let bytes): return try network.addLiteral(bytes, from: source)
    case .scalars(let set):
      let target = try network.addNode()
      try network.addScalars(set, .plain, from: source, to: target)
      return target
    case .automaton(let automaton):
      let target = try network.addNode()
      try network.addAutomaton(automaton, .plain, from: source, to: target)
      return target
    case .combined:
      let automaton = try expression.automaton(place: network.field) { expressions[$0] }
      return try add(.automaton(automaton), from: source)
    case .rule(let index):
      let target = try network.addNode()
      network.addCall(source, rule: rules[index], target)
      return target
    case .network(let other, let root):
      let target = try network.addNode()
      network.addCall(source, rule: try network.addRules(of: other, first: root), target)
      return target
    case .sequence(let parts):
      var current = source
      for part in parts { current = try add(part, from: current) }
      return current
    case .alternatives(let parts):
      let target = try network.addNode()
      for part in parts {
        // A node of its own, so that a loop at its beginning stays its own.
        let start = try network.addNode()
        network.addEpsilon(source, start)
        network.addEpsilon(try add(part, from: start), target)
      }
      return target
    case .repeated(let part, let minimum, let maximum):
      return try addRepeated(part, minimum, maximum, from: source)
    }
  }

  private mutating func addRepeated(
    _ part: GrammarExpression, _ minimum: Int, _ maximum: Int?, from source: Int32
  ) throws(ConstraintError) -> Int32 {
    var rule: Int32?
    if !part.isSmall, max(minimum, maximum ?? 0) > 4 {
      let own = try network.addRule()
      let ends = network.rules[Int(own)]
      network.addEpsilon(try add(part, from: ends.start), ends.accept)
      rule = own
    }
    func addOne(_ source: Int32, _ self: inout GrammarBuilder) throws(ConstraintError) -> Int32 {
      guard let rule else { return try self.add(part, from: source) }
      let target = try self.network.addNode()
      self.network.addCall(source, rule: rule, target)
      return target
    }
    var current = source
    for _ in 0..<minimum { current = try addOne(current, &self) }
    guard let maximum else {
      let loop = try network.addNode()
      network.addEpsilon(current, loop)
      network.addEpsilon(try addOne(loop, &self), loop)
      let target = try network.addNode()
      network.addEpsilon(loop, target)
      return target
    }
    let target = try network.addNode()
    for _ in minimum..<max(maximum, minimum) {
      network.addEpsilon(current, target)
      let start = try network.addNode()
      network.addEpsilon(current, start)
      current = try addOne(start, &self)
    }
    network.addEpsilon(current, target)
    return target
  }
}

extension RuleNetwork {
  /// All rules of another network; the number that one of them has here.
  mutating func addRules(of other: RuleNetwork, first: Int32) throws(ConstraintError) -> Int32 {
    let offset = Int32(nodeCount)
    for node in 0..<Int32(other.nodeCount) {
      let copy = try addNode()
      for next in other.epsilons[node] { addEpsilon(copy, next + offset) }
      for edge in other.edges[node] { addEdge(copy, edge.bytes, edge.target + offset) }
    }
    let ruleOffset = Int32(rules.count)
    for rule in other.rules { try addRule(start: rule.start + offset, accept: rule.accept + offset) }
    for node in 0..<Int32(other.nodeCount) {
      for call in other.calls[node] {
        addCall(node + offset, rule: call.rule + ruleOffset, call.target + offset)
      }
    }
    return first + ruleOffset
  }
}
