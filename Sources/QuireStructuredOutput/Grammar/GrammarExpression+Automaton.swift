import QuireExpressions

extension GrammarExpression {
  /// The automaton of an expression without recursion.
  ///
  /// - Parameter rule: the expression of a rule that is called.
  /// - Throws: where rules call one another deeper than a limit, and beyond the limit of states.
  func automaton(
    place: String, rule: (Int) -> GrammarExpression
  ) throws(ConstraintError) -> ScalarAutomaton {
    var builder = ScalarAutomatonBuilder(place: place)
    let start = try builder.addState()
    let end = try add(to: &builder, from: start, place, rule, depth: 0)
    return builder.automaton(start: start, accept: end)
  }

  private func add(
    to builder: inout ScalarAutomatonBuilder, from source: Int32, _ place: String,
    _ rule: (Int) -> GrammarExpression, depth: Int
  ) throws(ConstraintError) -> Int32 {
    guard depth <= ConstraintLimits.terminalDepth else {
      throw .limit(
        place, "expressions \(depth) deep", atMost: ConstraintLimits.terminalDepth, "in one another")
    }
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
    case .rule(let index):
      return try rule(index).add(to: &builder, from: source, place, rule, depth: depth + 1)
    case .combined(let combination, let parts):
      var texts: [ScalarDFA] = []
      for part in parts {
        var inner = ScalarAutomatonBuilder(place: place)
        let start = try inner.addState()
        let end = try part.add(to: &inner, from: start, place, rule, depth: depth + 1)
        texts.append(try ScalarDFA(inner.automaton(start: start, accept: end)))
      }
      var result = texts[0]
      switch combination {
      case .both: for other in texts.dropFirst() { result = try result.intersection(other) }
      case .others: result = result.complement
      case .shortest: result = result.shortest
      }
      return try GrammarExpression.automaton(try result.automaton()).add(
        to: &builder, from: source, place, rule, depth: depth + 1)
    case .network:
      throw ConstraintError(
        .unsupported, place, found: "a rule within a terminal", expected: "texts, expressions and terminals")
    case .sequence(let parts):
      var current = source
      for part in parts { current = try part.add(to: &builder, from: current, place, rule, depth: depth + 1) }
      return current
    case .alternatives(let parts):
      let end = try builder.addState()
      for part in parts {
        let start = try builder.addState()
        builder.addEpsilon(source, start)
        builder.addEpsilon(try part.add(to: &builder, from: start, place, rule, depth: depth + 1), end)
      }
      return end
    case .repeated(let part, let minimum, let maximum):
      var current = source
      func next() throws(ConstraintError) -> Int32 {
        let start = try builder.addState()
        builder.addEpsilon(current, start)
        return start
      }
      for _ in 0..<minimum {
        current = try part.add(to: &builder, from: try next(), place, rule, depth: depth + 1)
      }
      guard let maximum else {
        let loop = try next()
        builder.addEpsilon(try part.add(to: &builder, from: loop, place, rule, depth: depth + 1), loop)
        current = loop
        return try next()
      }
      let end = try builder.addState()
      for _ in minimum..<max(minimum, maximum) {
        builder.addEpsilon(current, end)
        current = try part.add(to: &builder, from: try next(), place, rule, depth: depth + 1)
      }
      builder.addEpsilon(current, end)
      return end
    }
  }
}
