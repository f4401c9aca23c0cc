import QuireExpressions

/// Turns an expression with assertions into a plain automaton: what an assertion says of what stood before is in the
/// state, and so is what it asks of what comes.
struct AssertionResolver {
  /// What the last character was.
  private enum Previous: Hashable {
    case start, word, other
    /// A character that some dialects count among words.
    case disputed
  }
  /// What must come next.
  private enum Next: Hashable {
    case anything, end, word
    /// No character of a word, or the end.
    case other
  }
  private struct Configuration: Hashable {
    var state: Int32
    var previous = Previous.start
    var next = Next.anything
    /// Expressions that must match from some place before on, each where it is by now; ascending.
    var ahead: [Int32] = []
    /// All the states in which those may be that must not match; ascending.
    var barred: [Int32] = []
  }

  private let isOuter: Bool
  private let place: String
  private var automaton: ScalarAutomaton
  /// For each state of the automaton, the assertion under which it leads on without reading.
  private var guards: [Int32: (assertion: ScalarAutomaton.Guard, target: Int32)] = [:]

  init(_ node: RegexNode, isOuter: Bool, place: String) throws(ConstraintError) {
    self.isOuter = isOuter
    self.place = place
    automaton = try ScalarAutomaton(node, place: place)
    for one in automaton.guards { guards[one.source] = (one, one.target) }
  }

  /// The automaton of the same texts without assertions. States beyond a limit are an error.
  func resolved() throws(ConstraintError) -> ScalarAutomaton {
    var builder = ScalarAutomatonBuilder(place: place)
    let accept = try builder.addState()
    var numbers: [Configuration: Int32] = [:]
    var pending: [Configuration] = []
    func number(
      _ configuration: Configuration, _ builder: inout ScalarAutomatonBuilder
    ) throws(ConstraintError) -> Int32 {
      if let known = numbers[configuration] { return known }
      guard numbers.count < ConstraintLimits.expressionStateCount else {
        throw .limit(
          place, "assertions that multiply", atMost: ConstraintLimits.expressionStateCount,
          "states of them together")
      }
      let new = try builder.addState()
      numbers[configuration] = new
      pending.append(configuration)
      return new
    }
    let start = try number(Configuration(state: automaton.start), &builder)
    while let configuration = pending.popLast() {
      let source = numbers[configuration]!
      if isAccepting(configuration) { builder.addEpsilon(source, accept) }
      for next in silentMoves(configuration) { builder.addEpsilon(source, try number(next, &builder)) }
      for (set, next) in moves(configuration) { builder.addEdge(source, set, try number(next, &builder)) }
    }
    return builder.automaton(start: start, accept: accept)
  }

  private func isAccepting(_ configuration: Configuration) -> Bool {
    guard configuration.state == automaton.accept, configuration.ahead.isEmpty, configuration.next != .word
    else {
      return false
    }
    // At the end those that must not match may end, too.
    return !closure(configuration.barred, isAtEnd: true).contains(where: isEnd)
  }

  private func isEnd(_ state: Int32) -> Bool { automaton.lookaheadEnds.contains(state) }

  /// Where one of the tracks goes on without reading.
  private func silentMoves(_ configuration: Configuration) -> [Configuration] {
    var result: [Configuration] = []
    for next in successors(of: configuration.state, configuration) {
      var moved = next.configuration
      moved.state = next.state
      result.append(moved)
    }
    for (index, state) in configuration.ahead.enumerated() {
      var without = configuration
      without.ahead.remove(at: index)
      if isEnd(state) {
        // It has matched: no other way of it is needed.
        return [without]
      }
      for next in successors(of: state, without) {
        var moved = next.configuration
        moved.ahead = Array(Set(moved.ahead + [next.state])).sorted()
        result.append(moved)
      }
    }
    return result.filter { !$0.barred.contains(where: isEnd) }
  }

  private func successors(
    of state: Int32, _ configuration: Configuration
  ) -> [(state: Int32, configuration: Configuration)] {
    var result = automaton.states[Int(state)].epsilons.map { (state: $0, configuration: configuration) }
    guard let (one, target) = guards[state] else { return result }
    var next = configuration
    switch one.kind {
    case .start: if configuration.previous != .start { return result }
    case .end: guard restrict(&next, .end) else { return result }
    case .wordBoundary, .noWordBoundary:
      let isBoundary = one.kind == .wordBoundary
      switch configuration.previous {
      case .disputed: if !isOuter { return result }
      case .word: guard restrict(&next, isBoundary ? .other : .word) else { return result }
      case .start, .other: guard restrict(&next, isBoundary ? .word : .other) else { return result }
      }
    case .ahead: next.ahead = Array(Set(next.ahead + [one.start])).sorted()
    case .notAhead: next.barred = closure(next.barred + [one.start], isAtEnd: false)
    }
    result.append((target, next))
    return result
  }

  /// Adds what must come next; false where it contradicts what must anyway.
  private func restrict(_ configuration: inout Configuration, _ next: Next) -> Bool {
    switch (configuration.next, next) {
    case (.anything, _), (.other, .end): configuration.next = next
    case (.end, .other): break
    default: return configuration.next == next
    }
    return true
  }

  /// The states that barred ones lead to without reading. Of an assertion in them the more careful side is taken: it
  /// holds where too few texts are to be left, and does not where too many are.
  private func closure(_ states: [Int32], isAtEnd: Bool) -> [Int32] {
    var seen = Set(states)
    var pending = states
    while let state = pending.popLast() {
      var next = automaton.states[Int(state)].epsilons
      if let (one, target) = guards[state] {
        if case .end = one.kind {
          if isAtEnd { next.append(target) }
        } else if !isOuter {
          next.append(target)
        }
      }
      for state in next where seen.insert(state).inserted { pending.append(state) }
    }
    return seen.sorted()
  }

  /// Where all tracks go together by reading.
  private func moves(_ configuration: Configuration) -> [(ScalarSet, Configuration)] {
    if configuration.next == .end { return [] }
    let word = DialectSet.wordCharacters
    let other = word.inverted
    var parts: [(set: ScalarSet, previous: Previous)] = [
      (word.inner, .word), (other.inner, .other), (word.outer.intersection(other.outer), .disputed),
    ]
    switch configuration.next {
    case .word: parts.removeAll { $0.previous == .other || ($0.previous == .disputed && !isOuter) }
    case .other: parts.removeAll { $0.previous == .word || ($0.previous == .disputed && !isOuter) }
    default: break
    }
    var ways: [(set: ScalarSet, configuration: Configuration)] = parts.map {
      ($0.set, Configuration(state: 0, previous: $0.previous))
    }
    func advance(_ state: Int32, _ change: (inout Configuration, Int32) -> Void) {
      ways = ways.flatMap { way in
        automaton.states[Int(state)].edges.compactMap { edge in
          let set = way.set.intersection(edge.set)
          if set.isEmpty { return nil }
          var next = way.configuration
          change(&next, edge.target)
          return (set, next)
        }
      }
    }
    advance(configuration.state) { $0.state = $1 }
    for state in configuration.ahead { advance(state) { $0.ahead = Array(Set($0.ahead + [$1])).sorted() } }
    for state in configuration.barred {
      for edge in automaton.states[Int(state)].edges {
        let rest = edge.set.inverted
        ways = ways.flatMap { way in
          var with = way
          with.set = way.set.intersection(edge.set)
          with.configuration.barred.append(edge.target)
          return [with, (way.set.intersection(rest), way.configuration)].filter { !$0.set.isEmpty }
        }
      }
    }
    return ways.compactMap { way in
      var next = way.configuration
      next.barred = closure(next.barred, isAtEnd: false)
      return next.barred.contains(where: isEnd) ? nil : (way.set, next)
    }
  }
}
