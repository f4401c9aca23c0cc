import QuireExpressions

extension ScalarAutomaton {
  /// The texts but those in `names`, of scalars in `alphabet`: a trie of the names that leaves to a loop.
  static func allTexts(
    except names: [String], of alphabet: ScalarSet, place: String
  ) throws(ConstraintError) -> ScalarAutomaton {
    var result = ScalarAutomaton(place: place)
    let accept = try result.newState()
    let loop = try result.newState(after: accept)
    result.states[Int(accept)].epsilons = []
    result.states[Int(loop)].epsilons = [accept]
    result.states[Int(loop)].edges = [Edge(set: alphabet, target: loop)]
    result.accept = accept
    struct Step: Hashable {
      let node: Int
      let scalar: Unicode.Scalar
    }
    var known: [Step: Int] = [:]
    var children: [[(scalar: Unicode.Scalar, state: Int32)]] = [[]]
    var nodes: [Int32] = [0]
    var isName: [Bool] = [false]
    for name in names {
      var node = 0
      for scalar in name.unicodeScalars {
        if let next = known[Step(node: node, scalar: scalar)] {
          node = next
          continue
        }
        known[Step(node: node, scalar: scalar)] = nodes.count
        children[node].append((scalar, Int32(nodes.count)))
        node = nodes.count
        nodes.append(try result.newState())
        children.append([])
        isName.append(false)
      }
      isName[node] = true
    }
    for (node, state) in nodes.enumerated() {
      let named = ScalarSet(children[node].map { $0.scalar.value...$0.scalar.value })
      var edges = children[node].map { Edge(set: ScalarSet($0.scalar), target: nodes[Int($0.state)]) }
      edges.append(Edge(set: alphabet.intersection(named.inverted), target: loop))
      result.states[Int(state)].edges = edges
      if !isName[node] { result.states[Int(state)].epsilons = [accept] }
    }
    return result
  }
}
