import QuireExpressions

extension JSONRules {
  /// The white space that an expression matches from end to end, as far as JSON has it.
  ///
  /// - Throws: where the expression is none, and where it matches no such text.
  static func space(_ expression: String, place: String) throws(ConstraintError) -> ScalarAutomaton {
    var automaton = try RegexAutomata.fullMatch(expression, place: place)
    let blanks = ScalarSet(of: " \t\n\r")
    for index in automaton.states.indices {
      automaton.states[index].edges = automaton.states[index].edges.compactMap { edge in
        let set = edge.set.intersection(blanks)
        return set.isEmpty ? nil : ScalarAutomaton.Edge(set: set, target: edge.target)
      }
    }
    guard try !ScalarDFA(automaton).isEmpty else {
      throw ConstraintError(
        .unsatisfiable, place, found: "an expression that no white space matches",
        expected: "one of spaces, tabs and ends of lines, such as [ \\n]?")
    }
    return automaton
  }

  /// The white space between two parts, where an expression says what it is.
  mutating func addSpace(from source: Int32) throws(ConstraintError) -> Int32 {
    guard let spacing else { return source }
    let target = try network.addNode()
    try network.addAutomaton(spacing, .plain, from: source, to: target)
    return target
  }

  /// A byte between two parts, then perhaps one space, or whatever white space is.
  mutating func addSeparator(_ byte: UInt8, from source: Int32) throws(ConstraintError) -> Int32 {
    let middle = try network.addNode()
    network.addEdge(try addSpace(from: source), byte...byte, middle)
    if spacing != nil { return try addSpace(from: middle) }
    let end = try network.addNode()
    network.addEdge(middle, 0x20...0x20, end)
    network.addEpsilon(middle, end)
    return end
  }

  /// The byte that ends an array or an object.
  mutating func addClose(
    _ byte: UInt8, from source: Int32, to target: Int32
  ) throws(ConstraintError) {
    network.addEdge(try addSpace(from: source), byte...byte, target)
  }
}
