import QuireExpressions

/// A regular expression as a tree; its depth is bounded by the parser.
indirect enum RegexNode: Sendable {
  case empty
  case scalars(ScalarSet)
  case sequence([RegexNode])
  case alternatives([RegexNode])
  /// A node repeated at least `minimum` times, at most `maximum` times or without bound.
  case repeated(RegexNode, minimum: Int, maximum: Int?)
  /// Something of where it stands, without reading.
  case assertion(Assertion)

  /// What may be said of a place in a text.
  enum Assertion: Sendable {
    case start, end, wordBoundary, noWordBoundary
    /// What follows matches.
    case ahead(RegexNode)
    /// What follows does not match.
    case notAhead(RegexNode)
  }

  /// A text as it stands.
  static func literal(_ text: String) -> RegexNode {
    .sequence(text.unicodeScalars.map { .scalars(ScalarSet($0)) })
  }

  /// An expression that every text matches.
  static let anything = RegexNode.repeated(.scalars(.all), minimum: 0, maximum: nil)

  /// Whether an assertion stands in it.
  var hasAssertion: Bool {
    switch self {
    case .empty, .scalars: false
    case .sequence(let nodes), .alternatives(let nodes): nodes.contains { $0.hasAssertion }
    case .repeated(let node, _, _): node.hasAssertion
    case .assertion: true
    }
  }
}

/// A parsed expression: what stands between its outermost bars, with the anchors of each.
struct RegexPattern {
  struct Alternative {
    var node: RegexNode
    /// Whether it begins with `^`.
    var isAnchoredAtStart = false
    /// Whether it ends with `$`.
    var isAnchoredAtEnd = false
  }

  let alternatives: [Alternative]

  init(_ nodes: [[RegexNode]]) {
    alternatives = nodes.map { nodes in
      var nodes = nodes[...]
      var alternative = Alternative(node: .empty)
      if case .assertion(.start)? = nodes.first {
        alternative.isAnchoredAtStart = true
        nodes = nodes.dropFirst()
      }
      if case .assertion(.end)? = nodes.last {
        alternative.isAnchoredAtEnd = true
        nodes = nodes.dropLast()
      }
      alternative.node = nodes.count == 1 ? nodes.first! : .sequence(Array(nodes))
      return alternative
    }
  }

  /// The texts matched from end to end.
  var fullMatch: RegexNode { .alternatives(alternatives.map(\.node)) }

  /// The texts that hold a match, as JSON Schema's `pattern` means it. What may stand around it is shared, so that
  /// alternatives do not multiply.
  var search: RegexNode {
    let open = alternatives.filter { !$0.isAnchoredAtEnd }
    let closed = alternatives.filter(\.isAnchoredAtEnd)
    func heads(_ alternatives: [Alternative]) -> RegexNode {
      let free = alternatives.filter { !$0.isAnchoredAtStart }.map(\.node)
      return .alternatives(
        alternatives.filter(\.isAnchoredAtStart).map(\.node)
          + (free.isEmpty ? [] : [.sequence([.anything, .alternatives(free)])]))
    }
    return .alternatives(
      (closed.isEmpty ? [] : [heads(closed)]) + (open.isEmpty ? [] : [.sequence([heads(open), .anything])]))
  }
}

/// Automata of the texts in which an expression is found, and of those in which it is not.
enum RegexAutomata {
  /// The texts that each dialect matches from end to end.
  static func fullMatch(_ text: String, place: String) throws(ConstraintError) -> ScalarAutomaton {
    try automaton(RegexParser.parse(text, place: place).fullMatch, isOuter: false, place)
  }

  /// The texts in which each dialect finds a match.
  static func search(_ text: String, place: String) throws(ConstraintError) -> ScalarDFA {
    try ScalarDFA(automaton(RegexParser.parse(text, place: place).search, isOuter: false, place))
  }

  /// The texts in which no dialect finds a match.
  static func noMatch(_ text: String, place: String) throws(ConstraintError) -> ScalarDFA {
    let pattern = try RegexParser.parse(text, place: place, isOuter: true)
    return try ScalarDFA(automaton(pattern.search, isOuter: true, place)).complement
  }

  private static func automaton(
    _ node: RegexNode, isOuter: Bool, _ place: String
  ) throws(ConstraintError) -> ScalarAutomaton {
    guard node.hasAssertion else { return try ScalarAutomaton(node, place: place) }
    return try AssertionResolver(node, isOuter: isOuter, place: place).resolved()
  }
}
