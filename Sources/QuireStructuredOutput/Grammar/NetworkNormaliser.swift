/// Brings the network of any grammar into the form that the automata need: no rule but the first is an empty text, none
/// begins with itself, none is without texts. The texts of the first rule stay what they were.
struct NetworkNormaliser {
  private let network: RuleNetwork
  private let isProductive: [Bool]
  private let isNullable: [Bool]

  /// - Throws: beyond the limits of states and rules.
  static func normalised(
    _ network: RuleNetwork, root: Int32, isInlining: Bool
  ) throws(ConstraintError) -> (network: RuleNetwork, root: Int32) {
    let normaliser = NetworkNormaliser(network)
    var (result, start) = try normaliser.withoutEmptyTexts(root: root)
    (result, start) = try LeftCorners(result).removed(root: start)
    if isInlining { (result, start) = try RuleInliner(result).inlined(root: start) }
    let ends = network.rules[Int(root)]
    guard normaliser.isNullable[Int(ends.start)] else { return (result, start) }
    let whole = try result.addRule()
    let (first, last) = (result.rules[Int(whole)].start, result.rules[Int(whole)].accept)
    result.addEpsilon(first, last)
    result.addCall(first, rule: start, last)
    return (result, whole)
  }

  private init(_ network: RuleNetwork) {
    self.network = network
    isProductive = Self.nodesBeforeEnds(network, reading: true)
    isNullable = Self.nodesBeforeEnds(network, reading: false)
  }

  /// For each node, whether its rule's end can be reached from it: by any text, or without reading. Linear time.
  private static func nodesBeforeEnds(_ network: RuleNetwork, reading: Bool) -> [Bool] {
    var result = [Bool](repeating: false, count: network.nodeCount)
    var sources = [[(node: Int32, rule: Int32)]](repeating: [], count: network.nodeCount)
    var calls = [[(source: Int32, target: Int32)]](repeating: [], count: network.rules.count)
    var ruleOfStart = [Int32](repeating: -1, count: network.nodeCount)
    for (index, rule) in network.rules.enumerated() { ruleOfStart[Int(rule.start)] = Int32(index) }
    for source in 0..<Int32(network.nodeCount) {
      for next in network.epsilons[source] { sources[Int(next)].append((source, -1)) }
      if reading { for edge in network.edges[source] { sources[Int(edge.target)].append((source, -1)) } }
      for call in network.calls[source] {
        sources[Int(call.target)].append((source, call.rule))
        calls[Int(call.rule)].append((source, call.target))
      }
    }
    var pending: [Int32] = []
    func mark(_ node: Int32) {
      if result[Int(node)] { return }
      result[Int(node)] = true
      pending.append(node)
    }
    for rule in network.rules { mark(rule.accept) }
    while let node = pending.popLast() {
      for (source, rule) in sources[Int(node)]
      where rule < 0 || result[Int(network.rules[Int(rule)].start)] { mark(source) }
      let rule = ruleOfStart[Int(node)]
      if rule >= 0 { for call in calls[Int(rule)] where result[Int(call.target)] { mark(call.source) } }
    }
    return result
  }

  /// The rules that the first one needs, each without its empty text: where a call may be one, it may also be left out.
  private func withoutEmptyTexts(root: Int32) throws(ConstraintError) -> (RuleNetwork, Int32) {
    var copier = NetworkCopier(network)
    let start = try copier.rule(root)
    while let (rule, ends) = copier.nextRule() {
      let original = network.rules[Int(rule)]
      var body = NetworkCopier.Body()
      body.nodes[original.accept] = ends.accept
      // No edge leads to the start of a copy, so that what stands there is what the rule begins with.
      for node in closure(original.start) {
        for edge in network.edges[node] where isProductive[Int(edge.target)] {
          copier.result.addEdge(ends.start, edge.bytes, try copier.node(edge.target, &body))
        }
        for call in productiveCalls(node) {
          copier.result.addCall(
            ends.start, rule: try copier.rule(call.rule), try copier.node(call.target, &body))
        }
      }
      while let node = body.pending.popLast() {
        let copy = body.nodes[node]!
        for next in network.epsilons[node] where isProductive[Int(next)] {
          copier.result.addEpsilon(copy, try copier.node(next, &body))
        }
        for edge in network.edges[node] where isProductive[Int(edge.target)] {
          copier.result.addEdge(copy, edge.bytes, try copier.node(edge.target, &body))
        }
        for call in productiveCalls(node) {
          let target = try copier.node(call.target, &body)
          copier.result.addCall(copy, rule: try copier.rule(call.rule), target)
          if isEmpty(call.rule) { copier.result.addEpsilon(copy, target) }
        }
      }
    }
    return (copier.result, start)
  }

  private func isEmpty(_ rule: Int32) -> Bool { isNullable[Int(network.rules[Int(rule)].start)] }

  private func productiveCalls(_ node: Int32) -> [RuleNetwork.Call] {
    network.calls[node].filter {
      isProductive[Int($0.target)] && isProductive[Int(network.rules[Int($0.rule)].start)]
    }
  }

  /// What can be reached without reading, over calls that may be empty too.
  private func closure(_ start: Int32) -> [Int32] {
    var seen: Set<Int32> = [start]
    var order = [start]
    var next = 0
    while next < order.count {
      let node = order[next]
      next += 1
      for target in Array(network.epsilons[node])
        + network.calls[node].filter({ isEmpty($0.rule) }).map(\.target)
      where isProductive[Int(target)] && seen.insert(target).inserted { order.append(target) }
    }
    return order
  }
}

/// Copies rules of one network to another, those alone that are asked for.
struct NetworkCopier {
  /// The copies of one rule's nodes.
  struct Body {
    var nodes: [Int32: Int32] = [:]
    /// Originals whose copies have no edges yet.
    var pending: [Int32] = []
  }

  private(set) var original: RuleNetwork
  var result: RuleNetwork
  private var rules: [Int32: Int32] = [:]
  private var pending: [Int32] = []

  init(_ network: RuleNetwork) {
    original = network
    result = RuleNetwork(field: network.field)
  }

  /// The copy of a rule, its body to be filled later.
  mutating func rule(_ rule: Int32) throws(ConstraintError) -> Int32 {
    if let known = rules[rule] { return known }
    let copy = try result.addRule()
    rules[rule] = copy
    pending.append(rule)
    return copy
  }

  /// A rule that was asked for, and the ends of its copy.
  mutating func nextRule() -> (rule: Int32, ends: RuleNetwork.Rule)? {
    pending.popLast().map { ($0, result.rules[Int(rules[$0]!)]) }
  }

  /// The copy of a node.
  mutating func node(_ node: Int32, _ body: inout Body) throws(ConstraintError) -> Int32 {
    if let known = body.nodes[node] { return known }
    let copy = try result.addNode()
    body.nodes[node] = copy
    body.pending.append(node)
    return copy
  }

  /// Copies all nodes of a body that have none of their edges yet; those in `body.nodes` from the start have theirs.
  mutating func fill(
    _ body: inout Body,
    _ addCall: (inout NetworkCopier, _ source: Int32, RuleNetwork.Call, _ target: Int32)
      throws(ConstraintError)
      -> Void
  ) throws(ConstraintError) {
    while let node = body.pending.popLast() {
      let copy = body.nodes[node]!
      for next in original.epsilons[node] { result.addEpsilon(copy, try self.node(next, &body)) }
      for edge in original.edges[node] {
        result.addEdge(copy, edge.bytes, try self.node(edge.target, &body))
      }
      for call in original.calls[node] {
        try addCall(&self, copy, call, try self.node(call.target, &body))
      }
    }
  }
}
