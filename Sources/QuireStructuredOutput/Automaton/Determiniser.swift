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
    /// Its edges and calls, as indices. First bytes of calls are disjoint from each other's and from those of edges.
    var edges = 0..<0
    var calls = 0..<0
    var isAccepting = false
    /// Nothing can follow.
    var isFinal: Bool { isAccepting && edges.isEmpty && calls.isEmpty }
  }

  private var network: RuleNetwork
  private(set) var first: FirstBytes
  private(set) var states: [State] = []
  /// The edges of all states, and their calls.
  private(set) var edges: [Edge] = []
  private(set) var calls: [Call] = []
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
  /// For each node, the last state that stood for it alone; of another rule where it is below that rule's first one.
  private var stateOfNode: [Int32] = []

  /// - Parameter copyLimit: calls that are copied at most; of others that begin alike, each stays a call.
  /// - Throws: beyond the limits of states and work.
  init(_ network: RuleNetwork, root: Int32, copyLimit: Int = .max) throws(ConstraintError) {
    self.network = network
    self.copyLimit = copyLimit
    first = try FirstBytes(network)
    starts = [Int32](repeating: -1, count: network.rules.count)
    var pending = [root]
    var isSeen = [Bool](repeating: false, count: network.rules.count)
    isSeen[Int(root)] = true
    while let rule = pending.popLast() {
      let firstCall = calls.count
      let firstState = states.count
      try determinise(rule)
      ruleOfState += repeatElement(rule, count: states.count - firstState)
      for call in calls[firstCall...] where !isSeen[Int(call.rule)] {
        isSeen[Int(call.rule)] = true
        pending.append(call.rule)
      }
    }
  }

  /// The edges of a state, by their bytes.
  func edges(of state: State) -> ArraySlice<Edge> { edges[state.edges] }

  /// The calls of a state.
  func calls(of state: State) -> ArraySlice<Call> { calls[state.calls] }

  /// The states of one rule by the nodes that each stands for.
  private struct Subsets {
    let base: Int
    /// The nodes of state `base + i`, ascending, from `offsets[i]` on.
    var nodes: [Int32] = []
    var offsets = [0]
    /// The states that stand for several nodes.
    private var index = HashIndex()
    private var indexed: [Int32] = []

    init(base: Int) { self.base = base }

    /// The state of several nodes; `new` where there is none yet.
    mutating func state(of subset: [Int32], new: Int32) -> Int32 {
      var signature = Signature()
      for node in subset { signature.add(node) }
      let (number, isNew) = index.number(of: signature.hash) { [nodes, offsets, indexed, base] number in
        let place = Int(indexed[number]) - base
        return nodes[offsets[place]..<offsets[place + 1]] == subset[...]
      }
      if isNew { indexed.append(new) }
      return indexed[number]
    }
  }

  private mutating func determinise(_ rule: Int32) throws(ConstraintError) {
    let accept = network.rules[Int(rule)].accept
    var subsets = Subsets(base: states.count)
    var partition = EdgePartition()
    starts[Int(rule)] = try state(of: [network.rules[Int(rule)].start], accept, &subsets)
    var next = subsets.base
    while next < states.count {
      let place = next - subsets.base
      let subset = Array(subsets.nodes[subsets.offsets[place]..<subsets.offsets[place + 1]])
      try account(partition.divide(subset, network))
      let firstEdge = edges.count
      for piece in partition.pieces {
        let target = try state(of: partition.targets[piece.targets], accept, &subsets)
        edges.append(Edge(bytes: piece.bytes, target: target))
      }
      states[next].edges = firstEdge..<edges.count
      let firstCall = calls.count
      for (rule, targets) in calls(in: subset) {
        calls.append(Call(rule: rule, target: try state(of: targets[...], accept, &subsets)))
      }
      states[next].calls = firstCall..<calls.count
      next += 1
    }
  }

  /// The state that stands for some nodes and all that is reached from them without reading.
  private mutating func state(
    of seeds: ArraySlice<Int32>, _ accept: Int32, _ subsets: inout Subsets
  ) throws(ConstraintError) -> Int32 {
    let subset = try closure(seeds)
    stateOfNode += repeatElement(-1, count: network.nodeCount - stateOfNode.count)
    if subset.count == 1 {
      let known = stateOfNode[Int(subset[0])]
      if Int(known) >= subsets.base { return known }
      stateOfNode[Int(subset[0])] = Int32(states.count)
    } else {
      let known = subsets.state(of: subset, new: Int32(states.count))
      if Int(known) < states.count { return known }
    }
    guard states.count < ConstraintLimits.stateCount else {
      throw .limit(
        network.field, "an automaton of more states", atMost: ConstraintLimits.stateCount,
        "(counts and alternatives multiply)")
    }
    subsets.nodes += subset
    subsets.offsets.append(subsets.nodes.count)
    states.append(State(isAccepting: subset.contains(accept)))
    return Int32(states.count - 1)
  }

  /// What can be reached without reading, ascending, conflicting calls resolved by copies.
  private mutating func closure(_ seeds: ArraySlice<Int32>) throws(ConstraintError) -> [Int32] {
    if seeds.count == 1, let node = seeds.first, network.epsilons.isEmpty(node), isFreeOfConflicts(node) {
      try account(1)
      return Array(seeds)
    }
    var result: [Int32] = []
    var pending = Array(seeds)
    while true {
      marks += repeatElement(0, count: network.nodeCount - marks.count)
      mark += 1
      for node in result { marks[Int(node)] = mark }
      while let node = pending.popLast() {
        if marks[Int(node)] == mark { continue }
        marks[Int(node)] = mark
        result.append(node)
        for next in network.epsilons[node] { pending.append(next) }
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
    if result.count > 1 { result.sort() }
    return result
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
  private func calls(in subset: some Collection<Int32>) -> [(rule: Int32, targets: [Int32])] {
    var result: [(rule: Int32, targets: [Int32])] = []
    var members: Set<Int32>?
    for node in subset {
      for call in network.calls[node] {
        if !copies.isEmpty, let copy = copies[call] {
          if members == nil { members = Set(subset) }
          if members!.contains(copy) { continue }
        }
        if let index = result.firstIndex(where: { $0.rule >= call.rule }) {
          if result[index].rule == call.rule {
            result[index].targets.append(call.target)
          } else {
            result.insert((call.rule, [call.target]), at: index)
          }
        } else {
          result.append((call.rule, [call.target]))
        }
      }
    }
    return result
  }

  /// Whether a node by itself has no calls that have to be copied: true for most, and found at once.
  private func isFreeOfConflicts(_ node: Int32) -> Bool {
    if network.calls.isEmpty(node) { return true }
    guard network.calls.isSingle(node) else { return false }
    return network.calls[node].allSatisfy { call in
      let set = first.sets[Int(call.rule)]
      return network.edges[node].allSatisfy { edge in
        var bytes = ByteSet()
        bytes.insert(edge.bytes)
        return set.isDisjoint(with: bytes)
      }
    }
  }

  private func conflictingCalls(in subset: [Int32]) -> [RuleNetwork.Call] {
    if !subset.contains(where: { !network.calls.isEmpty($0) }) { return [] }
    let calls = calls(in: subset)
    if calls.isEmpty { return [] }
    var once = ByteSet()
    var twice = ByteSet()
    for node in subset {
      for edge in network.edges[node] { once.insert(edge.bytes) }
    }
    for call in calls {
      let set = first.sets[Int(call.rule)]
      twice.words |= once.words & set.words
      once.formUnion(set)
    }
    if twice.isEmpty { return [] }
    return calls.filter { !first.sets[Int($0.rule)].isDisjoint(with: twice) }.flatMap { call in
      Set(call.targets).sorted().map { RuleNetwork.Call(rule: call.rule, target: $0) }
    }
  }
}
