import QuireExpressions

extension ScalarAutomaton {
  /// The states that some lead to without reading, ascending.
  func closure(_ states: some Sequence<Int32>) -> [Int32] {
    var seen: Set<Int32> = []
    var pending: [Int32] = []
    for state in states where seen.insert(state).inserted { pending.append(state) }
    while let state = pending.popLast() {
      for next in self.states[Int(state)].epsilons where seen.insert(next).inserted { pending.append(next) }
    }
    return seen.sorted()
  }

  /// States at which every text is accepted, the empty one too, as far as they are loops of one character.
  var universalStates: [Int32] {
    var result: [Int32] = []
    for (source, state) in states.enumerated() {
      for edge in state.edges where edge.set == .all {
        result += closure([edge.target]).filter { loop in
          let closure = closure([loop])
          return closure.contains(accept) && closure.contains(Int32(source))
        }
      }
    }
    return result
  }

  /// All scalars, by the states that they lead to from some; `work` grows by the ranges looked at.
  func partition(_ subset: [Int32], _ work: inout Int) -> [[Int32]: ScalarSet] {
    let edges = subset.flatMap { states[Int($0)].edges }
    if edges.count == 1 { return [[edges[0].target]: edges[0].set] }
    var bounds: Set<UInt32> = [0]
    for edge in edges {
      for range in edge.set.ranges {
        bounds.insert(range.lowerBound)
        if range.upperBound < 0x10FFFF { bounds.insert(range.upperBound + 1) }
      }
    }
    let starts = bounds.sorted()
    work += starts.count * edges.count
    var ranges: [[Int32]: [ClosedRange<UInt32>]] = [:]
    for (index, start) in starts.enumerated() {
      let end = index + 1 < starts.count ? starts[index + 1] - 1 : 0x10FFFF
      let targets = Set(edges.lazy.filter { $0.set.contains(start) }.map(\.target)).sorted()
      if !targets.isEmpty { ranges[targets, default: []].append(start...end) }
    }
    return ranges.mapValues(ScalarSet.init).filter { !$0.value.isEmpty }
  }
}
