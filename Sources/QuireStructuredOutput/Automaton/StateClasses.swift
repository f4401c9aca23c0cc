/// States that no token tells apart share a class, and with it their masks: the states of a counted text far from its
/// bounds, above all.
///
/// Moore's partition refinement, as many rounds as the longest token has bytes. Within a class, each text of that length
/// is accepted or not alike, pushes alike, and changes the distance by the same number. A round looks only at the states
/// that lead to one whose class the round before has changed: all others look as they did.
struct StateClasses {
  /// Runs of table entries looked at; beyond that each state is a class of its own, which is right too.
  private static let workLimit = 50_000_000

  private let automaton: PushdownAutomaton
  private let distances: Distances
  private let rows: RunLengthRows
  private var classes: [Int32]
  /// States of each class.
  private var sizes: [Int32] = []
  private var work = 0

  static func make(_ automaton: PushdownAutomaton, _ distances: Distances, rounds: Int) -> [Int32] {
    var refinement = StateClasses(automaton, distances)
    return refinement.refine(rounds) ? refinement.classes : (0..<Int32(automaton.stateCount)).map { $0 }
  }

  private init(_ automaton: PushdownAutomaton, _ distances: Distances) {
    self.automaton = automaton
    self.distances = distances
    rows = RunLengthRows(automaton)
    classes = []
    classes.reserveCapacity(automaton.stateCount)
    var known = SignatureIndex()
    for state in 0..<automaton.stateCount {
      var signature = Signature()
      signature.add(automaton.isAccepting[state] ? 1 : 0)
      signature.add(distances.frames[state])
      signature.add(distances.tokens[state] == Distances.unreachable ? 1 : 0)
      let number = known.number(of: signature)
      if number == sizes.count { sizes.append(0) }
      sizes[number] += 1
      classes.append(Int32(number))
    }
  }

  /// False where it takes too long.
  private mutating func refine(_ rounds: Int) -> Bool {
    var pending = Array(0..<Int32(automaton.stateCount))
    var sources = StateSources(automaton, rows)
    for _ in 0..<rounds where !pending.isEmpty {
      work += pending.reduce(0) { $0 + rows.offsets[Int($1) + 1] - rows.offsets[Int($1)] }
      if work > Self.workLimit { return false }
      pending = sources.of(split(pending))
    }
    return true
  }

  /// Splits the classes of some states by how these look; the states whose class is another one.
  private mutating func split(_ states: [Int32]) -> [Int32] {
    var known = SignatureIndex()
    var groups: [(oldClass: Int32, count: Int32)] = []
    let groupOfState = states.map { state in
      let group = known.number(of: signature(state))
      if group == groups.count { groups.append((classes[Int(state)], 0)) }
      groups[group].count += 1
      return group
    }
    // The largest part of a class keeps its number, unless it has states that look as before.
    var looked: [Int32: Int32] = [:]
    var largest: [Int32: Int] = [:]
    for (index, group) in groups.enumerated() {
      looked[group.oldClass, default: 0] += group.count
      if let other = largest[group.oldClass], groups[other].count >= group.count { continue }
      largest[group.oldClass] = index
    }
    let newClasses = groups.enumerated().map { index, group in
      if largest[group.oldClass] == index, looked[group.oldClass] == sizes[Int(group.oldClass)] {
        return group.oldClass
      }
      sizes.append(group.count)
      return Int32(sizes.count - 1)
    }
    for (group, new) in zip(groups, newClasses) where new != group.oldClass {
      sizes[Int(group.oldClass)] -= group.count
    }
    var changed: [Int32] = []
    for (state, group) in zip(states, groupOfState) where classes[Int(state)] != newClasses[group] {
      classes[Int(state)] = newClasses[group]
      changed.append(state)
    }
    return changed
  }

  private func signature(_ state: Int32) -> Signature {
    let own = distances.tokens[Int(state)]
    var signature = Signature()
    signature.add(classes[Int(state)])
    for run in rows.offsets[Int(state)]..<rows.offsets[Int(state) + 1] {
      signature.add(rows.ends[run])
      switch rows.moves[run].kind {
      case .state(let target):
        signature.add(classes[Int(target)])
        signature.add(distances.tokens[Int(target)] &- own)
      case .call(let call):
        let target = Int(automaton.callTargets[call])
        signature.add(-2)
        signature.add(classes[target])
        var distance = distances.tokens[target] &- own
        for next in automaton.pushes(ofCall: call) {
          signature.add(classes[Int(next)])
          distance &+= distances.tokens[Int(next)]
        }
        signature.add(distance)
      case .none: signature.add(-1)
      }
    }
    return signature
  }
}

/// The rows of the table as runs of equal moves: a tenth of it or less.
private struct RunLengthRows {
  /// For each state, where its runs begin; one more at the end.
  private(set) var offsets = [0]
  private(set) var moves: [PushdownAutomaton.Move] = []
  /// For each run, the first class of bytes behind it.
  private(set) var ends: [Int32] = []

  init(_ automaton: PushdownAutomaton) {
    offsets.reserveCapacity(automaton.stateCount + 1)
    for state in 0..<Int32(automaton.stateCount) {
      var last = automaton.move(of: state, 0)
      for c in 1..<max(automaton.classCount, 1) {
        let move = automaton.move(of: state, c)
        if move == last { continue }
        moves.append(last)
        ends.append(Int32(c))
        last = move
      }
      moves.append(last)
      ends.append(Int32(automaton.classCount))
      offsets.append(moves.count)
    }
  }
}

/// For each state, the states whose row names it.
private struct StateSources {
  private var offsets: [Int32]
  private var sources: [Int32]
  /// For each state, the last time that it was found.
  private var marks: [Int32]
  private var mark: Int32 = 0

  init(_ automaton: PushdownAutomaton, _ rows: RunLengthRows) {
    func forEachTarget(_ body: (_ source: Int, _ target: Int) -> Void) {
      for state in 0..<automaton.stateCount {
        for run in rows.offsets[state]..<rows.offsets[state + 1] {
          switch rows.moves[run].kind {
          case .state(let target): body(state, Int(target))
          case .call(let call):
            body(state, Int(automaton.callTargets[call]))
            for next in automaton.pushes(ofCall: call) { body(state, Int(next)) }
          case .none: continue
          }
        }
      }
    }
    var ends = [Int32](repeating: 0, count: automaton.stateCount + 1)
    forEachTarget { ends[$1 + 1] += 1 }
    for state in 0..<automaton.stateCount { ends[state + 1] += ends[state] }
    offsets = ends
    var sources = [Int32](repeating: 0, count: Int(ends[automaton.stateCount]))
    forEachTarget { source, target in
      sources[Int(ends[target])] = Int32(source)
      ends[target] += 1
    }
    self.sources = sources
    marks = [Int32](repeating: 0, count: automaton.stateCount)
  }

  /// The states that lead to one of some states, each once.
  mutating func of(_ states: [Int32]) -> [Int32] {
    mark += 1
    var found: [Int32] = []
    for state in states {
      for source in sources[Int(offsets[Int(state)])..<Int(offsets[Int(state) + 1])]
      where marks[Int(source)] != mark {
        marks[Int(source)] = mark
        found.append(source)
      }
    }
    return found
  }
}
