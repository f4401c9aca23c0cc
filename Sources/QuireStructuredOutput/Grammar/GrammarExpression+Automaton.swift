import QuireExpressions

extension GrammarExpression {
  /// The automaton of an expression without recursion.
  ///
  /// - Parameter rule: the expression of a rule that is called.
  func automaton(
    place: String, rule: (Int) throws(ConstraintError) -> GrammarExpression
  ) throws(ConstraintError) -> ScalarAutomaton {
    var builder = ScalarAutomatonBuilder(place: place)
    let start = try builder.addState()
    let end = try add(to: &builder, from: start, place, rule)
    return builder.automaton(start: start, accept: end)
  }

  private func add(
    to builder: inout ScalarAutomatonBuilder, from source: Int32, _ place: String,
    _ rule: (Int) throws(ConstraintError) -> GrammarExpression
  ) throws(ConstraintError) -> Int32 {
    func step(_ set: ScalarSet, _ source: Int32) throws(ConstraintError) -> Int32 {
      let target = try builder.addState()
      builder.addEdge(source, set, target)
      return target
    }
    switch self {
    case .empty: return source
    case .literal(let bytes):
      var current = source
      for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
        current = try step(ScalarSet(scalar), current)
      }
      return current
    case .scalars(let set): return try step(set, source)
    case .automaton(let automaton):
      var copies: [Int32] = []
      for _ in automaton.states { copies.append(try builder.addState()) }
      for (state, copy) in zip(automaton.states, copies) {
        for next in state.epsilons { builder.addEpsilon(copy, copies[Int(next)]) }
        for edge in state.edges { builder.addEdge(copy, edge.set, copies[Int(edge.target)]) }
      }
      builder.addEpsilon(source, copies[Int(automaton.start)])
      return copies[Int(automaton.accept)]
    case .rule(let index): return try rule(index).add(to: &builder, from: source, place, rule)
    case .network:
      throw ConstraintError(
        .unsupported, place, found: "a rule within a terminal", expected: "texts, expressions and terminals")
    case .sequence(let parts):
      var current = source
      for part in parts { current = try part.add(to: &builder, from: current, place, rule) }
      return current
    case .alternatives(let parts):
      let end = try builder.addState()
      for part in parts {
        let start = try builder.addState()
        builder.addEpsilon(source, start)
        builder.addEpsilon(try part.add(to: &builder, from: start, place, rule), end)
      }
      return end
    case .repeated(let part, let minimum, let maximum):
      var current = source
      func next() throws(ConstraintError) -> Int32 {
        let start = try builder.addState()
        builder.addEpsilon(current, start)
        return start
      }
      for _ in 0..<minimum { current = try part.add(to: &builder, from: try next(), place, rule) }
      guard let maximum else {
        let loop = try next()
        builder.addEpsilon(try part.add(to: &builder, from: loop, place, rule), loop)
        current = loop
        return try next()
      }
      let end = try builder.addState()
      for _ in minimum..<max(minimum, maximum) {
        builder.addEpsilon(current, end)
        current = try part.add(to: &builder, from: try next(), place, rule)
      }
      builder.addEpsilon(current, end)
      return end
    }
  }
}

extension ScalarDFA {
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
