/// Makes each rule deterministic by the subset construction (Rabin and Scott, 1959).
///
/// A call stays a call as long as its first byte tells it from everything else that may stand there; where it does not
/// (`anyOf` of two objects), the called rules are copied into the caller and told apart byte by byte.
/// A return needs no look ahead in JSON, where no byte that may follow a value continues it; of other grammars
/// ``RuleFlow`` says whether it does.
struct Determiniser {
  struct Edge {
    let bytes: ClosedRange<UInt8>
    let target: Int32
  }
  struct Call {
    let rule: Int32
    let target: Int32
  }
  struct State {
    var edges: [Edge] = []
    /// First bytes disjoint from each other's and from those of `edges`.
    var calls: [Call] = []
    var isAccepting = false
    /// Nothing can follow.
    var isFinal: Bool { isAccepting && edges.isEmpty && calls.isEmpty }
  }

  private var network: RuleNetwork
  private(set) var first: FirstBytes
  private(set) var states: [State] = []
  /// The start state of each rule; -1 for rules that are not reached.
  private(set) var starts: [Int32]
  /// The rule of each state.
  private(set) var ruleOfState: [Int32] = []
  private var copies: [RuleNetwork.Call: Int32] = [:]
  private let copyLimit: Int
  private var work = 0
  /// For each node, the mark of the last closure that it was in.
  private var marks: [Int32] = []
  private var mark: Int32 = 0

  /// - Parameter copyLimit: calls that are copied at most; of others that begin alike, each stays a call.
  /// - Throws: beyond the limits of states and work.
  init(_ network: RuleNetwork, root: Int32, copyLimit: Int = .max) throws(ConstraintError) {
    self.network = network
    self.copyLimit = copyLimit
    first = try FirstBytes(network)
    starts = [Int32](repeating: -1, count: network.rules.count)
    var pending = [root]
    var seen: Set<Int32> = [root]
    while let rule = pending.popLast() {
      let firstState = states.count
      try determinise(rule)
      ruleOfState += [Int32](repeating: rule, count: states.count - firstState)
      for state in states[firstState...] {
        for call in state.calls where seen.insert(call.rule).inserted { pending.append(call.rule) }
      }
    }
  }

  private mutating func determinise(_ rule: Int32) throws(ConstraintError) {
    let accept = network.rules[Int(rule)].accept
    var indices: [[Int32]: Int32] = [:]
    var subsets: [[Int32]] = []
    let base = states.count
    func index(_ seeds: [Int32], _ self: inout Determiniser) throws(ConstraintError) -> Int32 {
      let subset = try self.closure(seeds)
      if let known = indices[subset] { return known }
      guard self.states.count < ConstraintLimits.stateCount else {
        throw .limit(
          self.network.field, "an automaton of more states", atMost: ConstraintLimits.stateCount,
          "(counts and alternatives multiply)")
      }
      let new = Int32(self.states.count)
      indices[subset] = new
      subsets.append(subset)
      self.states.append(State(isAccepting: subset.contains(accept)))
      return new
    }
    starts[Int(rule)] = try index([network.rules[Int(rule)].start], &self)
    var next = 0
    while next < subsets.count {
      let subset = subsets[next]
      let edges = subset.flatMap { network.nodes[Int($0)].edges }
      for (bytes, targets) in try partition(edges) {
        let target = try index(targets, &self)
        states[base + next].edges.append(Edge(bytes: bytes, target: target))
      }
      for (rule, targets) in calls(in: subset) {
        let target = try index(targets, &self)
        states[base + next].calls.append(Call(rule: rule, target: target))
      }
      next += 1
    }
  }

  /// What can be reached without reading, ascending, conflicting calls resolved by copies.
  private mutating func closure(_ seeds: [Int32]) throws(ConstraintError) -> [Int32] {
    var result: [Int32] = []
    var pending = seeds
    while true {
      marks += [Int32](repeating: 0, count: network.nodes.count - marks.count)
      mark += 1
      for node in result { marks[Int(node)] = mark }
      while let node = pending.popLast() {
        if marks[Int(node)] == mark { continue }
        marks[Int(node)] = mark
        result.append(node)
        pending += network.nodes[Int(node)].epsilons
      }
      try account(result.count)
      let conflicts = conflictingCalls(in: result)
      for call in conflicts {
        if copies[call] == nil, copies.count < copyLimit {
          copies[call] = try network.addCopy(of: call.rule, endingAt: call.target)
        }
        if let copy = copies[call] { pending.append(copy) }
      }
      if pending.isEmpty { break }
    }
    return result.sorted()
  }

  private mutating func account(_ steps: Int) throws(ConstraintError) {
    work += steps
    guard work <= ConstraintLimits.closureWork else {
      throw .limit(
        network.field, "alternatives that take longer to tell apart", atMost: ConstraintLimits.closureWork,
        "steps")
    }
  }

  /// The calls of a closure that are not copied into it, by rule, with where they go on.
  private func calls(in subset: [Int32]) -> [(rule: Int32, targets: [Int32])] {
    var targets: [Int32: [Int32]] = [:]
    var members: Set<Int32>?
    for node in subset {
      for call in network.nodes[Int(node)].calls {
        if let copy = copies[call] {
          if members == nil { members = Set(subset) }
          if members!.contains(copy) { continue }
        }
        targets[call.rule, default: []].append(call.target)
      }
    }
    return targets.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private func conflictingCalls(in subset: [Int32]) -> [RuleNetwork.Call] {
    if !subset.contains(where: { !network.nodes[Int($0)].calls.isEmpty }) { return [] }
    let calls = calls(in: subset)
    if calls.isEmpty { return [] }
    var once = ByteSet()
    var twice = ByteSet()
    for node in subset {
      for edge in network.nodes[Int(node)].edges { once.insert(edge.bytes) }
    }
    for call in calls {
      let set = first.sets[Int(call.rule)]
      twice.words |= once.words & set.words
      once.formUnion(set)
    }
    return calls.filter { !first.sets[Int($0.rule)].isDisjoint(with: twice) }.flatMap { call in
      Set(call.targets).sorted().map { RuleNetwork.Call(rule: call.rule, target: $0) }
    }
  }

  /// Disjoint ranges of bytes, ascending, with the nodes that each leads to.
  private mutating func partition(
    _ edges: [RuleNetwork.ByteEdge]
  ) throws(ConstraintError) -> [(ClosedRange<UInt8>, [Int32])] {
    var bounds = ByteSet()
    for edge in edges {
      bounds.insert(edge.bytes.lowerBound)
      if edge.bytes.upperBound < 255 { bounds.insert(edge.bytes.upperBound + 1) }
    }
    let starts = (0...255).filter { bounds.contains(UInt8($0)) }
    var result: [(ClosedRange<UInt8>, [Int32])] = []
    if starts.count == 1 || edges.count == 1 {
      // Most states of a literal.
      return edges.isEmpty ? [] : [(edges[0].bytes, edges.map(\.target))]
    }
    try account(edges.count * starts.count / 8)
    for (index, start) in starts.enumerated() {
      let end = index + 1 < starts.count ? starts[index + 1] - 1 : 255
      let targets = Set(edges.lazy.filter { $0.bytes.contains(UInt8(start)) }.map(\.target)).sorted()
      guard !targets.isEmpty else { continue }
      if let last = result.last, last.1 == targets, Int(last.0.upperBound) + 1 == start {
        result[result.count - 1].0 = last.0.lowerBound...UInt8(end)
      } else {
        result.append((UInt8(start)...UInt8(end), targets))
      }
    }
    return result
  }
}
