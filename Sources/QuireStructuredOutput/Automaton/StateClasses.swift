/// States that no token tells apart share a class, and with it their masks: the states of a counted text far from its
/// bounds, above all.
///
/// Moore's partition refinement, as many rounds as the longest token has bytes. Within a class, each text of that length
/// is accepted or not alike, pushes alike, and changes the distance by the same number.
enum StateClasses {
  /// Runs of table entries looked at; beyond that each state is a class of its own, which is right too.
  private static let workLimit = 50_000_000

  static func make(_ automaton: PushdownAutomaton, _ distances: Distances, rounds: Int) -> [Int32] {
    let stateCount = automaton.stateCount
    var classes = [Int32](repeating: 0, count: stateCount)
    var ids: [Signature: Int32] = [:]
    for state in 0..<stateCount {
      var signature = Signature()
      signature.add(automaton.isAccepting[state] ? 1 : 0)
      signature.add(distances.frames[state])
      signature.add(distances.tokens[state] == Distances.unreachable ? 1 : 0)
      classes[state] = ids.id(of: signature)
    }
    let rows = RunLengthRows(automaton)
    var work = 0
    var known = ids.count
    for _ in 0..<rounds {
      work += rows.moves.count
      if work > workLimit { return (0..<Int32(stateCount)).map { $0 } }
      ids.removeAll(keepingCapacity: true)
      let previous = classes
      for state in 0..<stateCount {
        let own = distances.tokens[state]
        var signature = Signature()
        signature.add(previous[state])
        for run in rows.offsets[state]..<rows.offsets[state + 1] {
          signature.add(rows.ends[run])
          switch rows.moves[run].kind {
          case .state(let target):
            signature.add(previous[Int(target)])
            signature.add(distances.tokens[Int(target)] &- own)
          case .call(let call):
            let target = Int(automaton.callTargets[call])
            signature.add(-2)
            signature.add(previous[target])
            var distance = distances.tokens[target] &- own
            for next in automaton.pushes(ofCall: call) {
              signature.add(previous[Int(next)])
              distance &+= distances.tokens[Int(next)]
            }
            signature.add(distance)
          case .none: signature.add(-1)
          }
        }
        classes[state] = ids.id(of: signature)
      }
      if ids.count == known { break }
      known = ids.count
    }
    return classes
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
    for state in 0..<automaton.stateCount {
      for c in 0..<automaton.classCount {
        let move = automaton.move(of: Int32(state), c)
        if c > 0, moves.last == move {
          ends[ends.count - 1] = Int32(c + 1)
        } else {
          moves.append(move)
          ends.append(Int32(c + 1))
        }
      }
      offsets.append(moves.count)
    }
  }
}
