import QuireExpressions

/// An automaton in the making, its states numbered as they are added.
struct ScalarAutomatonBuilder {
  private var automaton: ScalarAutomaton
  private var isFirst = true

  init(place: String) { automaton = ScalarAutomaton(place: place) }

  mutating func addState() throws(ConstraintError) -> Int32 {
    if isFirst {
      isFirst = false
      return 0
    }
    return try automaton.newState()
  }

  mutating func addEpsilon(_ source: Int32, _ target: Int32) {
    automaton.states[Int(source)].epsilons.append(target)
  }

  mutating func addEdge(_ source: Int32, _ set: ScalarSet, _ target: Int32) {
    automaton.states[Int(source)].edges.append(.init(set: set, target: target))
  }

  func automaton(start: Int32, accept: Int32) -> ScalarAutomaton {
    var result = automaton
    result.start = start
    result.accept = accept
    return result
  }
}
