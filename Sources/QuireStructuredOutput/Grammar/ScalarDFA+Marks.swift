import QuireExpressions

extension ScalarDFA {
  /// The accepted texts of which no beginning is accepted.
  var shortest: ScalarDFA {
    ScalarDFA(states: states.map { $0.isAccepting ? State(isAccepting: true) : $0 }, place: place)
  }

  /// The texts that are accepted with `mark` behind them.
  func before(_ mark: String) -> ScalarDFA {
    var result = states
    for index in states.indices {
      var state: Int? = index
      for scalar in mark.unicodeScalars {
        state = state.flatMap { states[$0].edges.first { $0.set.contains(scalar) } }.map { Int($0.target) }
      }
      result[index].isAccepting = state.map { states[$0].isAccepting } ?? false
    }
    return ScalarDFA(states: result, place: place)
  }

  /// The same automaton with one accepting state.
  func automaton() throws(ConstraintError) -> ScalarAutomaton {
    var builder = ScalarAutomatonBuilder(place: place)
    for _ in states { _ = try builder.addState() }
    let accept = try builder.addState()
    for (index, state) in states.enumerated() {
      for edge in state.edges { builder.addEdge(Int32(index), edge.set, edge.target) }
      if state.isAccepting { builder.addEpsilon(Int32(index), accept) }
    }
    return builder.automaton(start: 0, accept: accept)
  }

  /// The texts in which one of `marks` stands at the end and none before; all others but for these and what goes on
  /// behind them.
  static func firstMark(_ marks: [String], place: String) throws(ConstraintError) -> ScalarDFA {
    try ScalarDFA(
      ScalarAutomaton(
        .sequence([.anything, .alternatives(marks.map(RegexNode.literal))]), place: place)
    ).shortest
  }

  /// The texts in which none of `marks` stands.
  static func texts(without marks: [String], place: String) throws(ConstraintError) -> ScalarDFA {
    if marks.isEmpty { return try ScalarDFA(ScalarAutomaton(.anything, place: place)) }
    return try ScalarDFA(
      ScalarAutomaton(
        .sequence([.anything, .alternatives(marks.map(RegexNode.literal)), .anything]), place: place)
    ).complement
  }
}
