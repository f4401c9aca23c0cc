/// Puts small rules in the place of their calls, so that what a byte does not tell apart becomes states of one rule:
/// white space above all, which ends one rule and begins the next.
struct RuleInliner {
  /// Nodes of a rule, those that it takes in itself included, up to which it is taken in.
  private static let nodeCount = 48

  private let network: RuleNetwork
  private let isInlined: [Bool]

  init(_ network: RuleNetwork) {
    self.network = network
    var calls = [[Int32]](repeating: [], count: network.rules.count)
    var sizes = [Int](repeating: 0, count: network.rules.count)
    for (index, rule) in network.rules.enumerated() {
      var seen: Set<Int32> = [rule.start]
      var pending = [rule.start]
      while let node = pending.popLast() {
        calls[index] += network.calls[node].map(\.rule)
        let edges = network.edges[node].map(\.target) + network.calls[node].map(\.target)
        for next in Array(network.epsilons[node]) + edges
        where seen.insert(next).inserted { pending.append(next) }
      }
      sizes[index] = seen.count
    }
    let components = Components(calls)
    var isInlined = [Bool](repeating: false, count: network.rules.count)
    for rule in components.order.lazy.map(Int.init) {
      for call in calls[rule].lazy.map(Int.init) where isInlined[call] { sizes[rule] += sizes[call] }
      isInlined[rule] = !components.isOnCircle[rule] && sizes[rule] <= Self.nodeCount
    }
    self.isInlined = isInlined
  }

  func inlined(root: Int32) throws(ConstraintError) -> (RuleNetwork, Int32) {
    var copier = NetworkCopier(network)
    let start = try copier.rule(root)
    while let (rule, ends) = copier.nextRule() { try add(rule, ends, &copier) }
    return (copier.result, start)
  }

  /// Rules stand in one another no deeper than they are small.
  private func add(
    _ rule: Int32, _ ends: RuleNetwork.Rule, _ copier: inout NetworkCopier
  ) throws(ConstraintError) {
    var body = NetworkCopier.Body()
    body.nodes = [network.rules[Int(rule)].accept: ends.accept]
    let start = try copier.node(network.rules[Int(rule)].start, &body)
    copier.result.addEpsilon(ends.start, start)
    try copier.fill(&body) { copier, source, call, target throws(ConstraintError) in
      if isInlined[Int(call.rule)] {
        let inner = RuleNetwork.Rule(start: source, accept: target)
        try add(call.rule, inner, &copier)
      } else {
        copier.result.addCall(source, rule: try copier.rule(call.rule), target)
      }
    }
  }
}
