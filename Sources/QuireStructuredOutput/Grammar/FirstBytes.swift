/// The bytes that each rule may begin with, and the rules in an order in which each comes after those that it may begin
/// with itself.
struct FirstBytes {
  /// For each rule, the bytes that it may begin with.
  let sets: [ByteSet]
  /// All rules, each after those that it may begin with.
  let order: [Int32]

  /// - Throws: where a rule begins with itself.
  init(_ network: RuleNetwork) throws(ConstraintError) {
    var sets = [ByteSet](repeating: ByteSet(), count: network.rules.count)
    var leading: [[Int32]] = []
    var followers = [[Int32]](repeating: [], count: network.rules.count)
    // For each node, one more than the last rule whose beginning it was found in.
    var marks = [Int32](repeating: 0, count: network.nodeCount)
    for (index, rule) in network.rules.enumerated() {
      let mark = Int32(index + 1)
      marks[Int(rule.start)] = mark
      var pending = [rule.start]
      var rules: Set<Int32> = []
      while let node = pending.popLast() {
        for edge in network.edges[node] { sets[index].insert(edge.bytes) }
        for call in network.calls[node] { rules.insert(call.rule) }
        for next in network.epsilons[node] where marks[Int(next)] != mark {
          marks[Int(next)] = mark
          pending.append(next)
        }
      }
      leading.append(rules.sorted())
      for rule in rules { followers[Int(rule)].append(Int32(index)) }
    }
    var unmet = leading.map(\.count)
    var order = unmet.indices.filter { unmet[$0] == 0 }.map(Int32.init)
    var next = 0
    while next < order.count {
      let rule = Int(order[next])
      for first in leading[rule] { sets[rule].formUnion(sets[Int(first)]) }
      for follower in followers[rule] {
        unmet[Int(follower)] -= 1
        if unmet[Int(follower)] == 0 { order.append(follower) }
      }
      next += 1
    }
    guard order.count == network.rules.count else {
      throw ConstraintError(
        .unsupported, network.field, found: "a $ref that leads back to itself with no text between",
        expected: "recursion through properties or items")
    }
    self.sets = sets
    self.order = order
  }
}
