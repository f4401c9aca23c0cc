/// Rewrites rules that begin with themselves, over others or not: each reads one of the beginnings of its circle, then
/// goes on where a rule of the circle has ended, as long as it likes (the left corner transform: Rosenkrantz and Lewis,
/// 1970, here of networks).
///
/// Nothing leads to the start of a rule, and nothing stands there that reads nothing.
struct LeftCorners {
  private let network: RuleNetwork
  private let components: Components

  init(_ network: RuleNetwork) {
    self.network = network
    components = Components(
      network.rules.map { rule in network.calls[rule.start].map(\.rule) })
  }

  func removed(root: Int32) throws(ConstraintError) -> (RuleNetwork, Int32) {
    guard components.isOnCircle.contains(true) else { return (network, root) }
    var copier = NetworkCopier(network)
    let start = try copier.rule(root)
    while let (rule, ends) = copier.nextRule() {
      if components.isOnCircle[Int(rule)] {
        try addCircle(rule, ends, &copier)
      } else {
        var body = NetworkCopier.Body()
        body.nodes = [
          network.rules[Int(rule)].start: ends.start, network.rules[Int(rule)].accept: ends.accept,
        ]
        body.pending = [network.rules[Int(rule)].start]
        try copier.fill(&body, Self.addCall)
      }
    }
    return (copier.result, start)
  }

  private static func addCall(
    _ copier: inout NetworkCopier, _ source: Int32, _ call: RuleNetwork.Call, _ target: Int32
  ) throws(ConstraintError) {
    copier.result.addCall(source, rule: try copier.rule(call.rule), target)
  }

  private func addCircle(
    _ rule: Int32, _ ends: RuleNetwork.Rule, _ copier: inout NetworkCopier
  ) throws(ConstraintError) {
    let members = network.rules.indices.filter { components.numbers[$0] == components.numbers[Int(rule)] }
    var body = NetworkCopier.Body()
    var ways: [Int32: Int32] = [:]
    for member in members {
      let end = try copier.result.addNode()
      ways[Int32(member)] = end
      body.nodes[network.rules[member].accept] = end
    }
    copier.result.addEpsilon(ways[rule]!, ends.accept)
    for member in members {
      let first = network.rules[member].start
      for edge in network.edges[first] {
        copier.result.addEdge(ends.start, edge.bytes, try copier.node(edge.target, &body))
      }
      for call in network.calls[first] {
        let target = try copier.node(call.target, &body)
        if let end = ways[call.rule] {
          copier.result.addEpsilon(end, target)
        } else {
          try Self.addCall(&copier, ends.start, call, target)
        }
      }
    }
    try copier.fill(&body, Self.addCall)
  }
}
