import QuireJSON

extension JSONRules {
  private static let comma = UInt8(ascii: ",")
  private static let close = UInt8(ascii: "]")

  /// Arrays of some of the values, each at most once, in any order: a state for each set of those that stand there, so
  /// the values must be few.
  mutating func addSubsets(
    _ rule: Int32, _ values: [JSONValue], minimum: Int, maximum: Int
  ) throws(ConstraintError) {
    let ends = network.rules[Int(rule)]
    let open = try network.addLiteral("[".utf8, from: ends.start)
    var nodes = [open]
    for _ in 1..<(1 << values.count) { nodes.append(try network.addNode()) }
    for (set, node) in nodes.enumerated() {
      let count = set.nonzeroBitCount
      if count >= minimum, count <= maximum { try addClose(Self.close, from: node, to: ends.accept) }
      if count >= maximum { continue }
      let next = set == 0 ? try addSpace(from: node) : try addSeparator(Self.comma, from: node)
      for (index, value) in values.enumerated() where set >> index & 1 == 0 {
        network.addEpsilon(try addValue(value, from: next), nodes[set | 1 << index])
      }
    }
  }

  /// Arrays of some of the values, each at most once, in their order.
  mutating func addSubsequences(
    _ rule: Int32, _ values: [JSONValue], minimum: Int, maximum: Int
  ) throws(ConstraintError) {
    let ends = network.rules[Int(rule)]
    let bound = maximum < values.count ? maximum : max(minimum, 1)
    var lanes = [try network.addLiteral("[".utf8, from: ends.start)]
    while lanes.count <= bound { lanes.append(try network.addNode()) }
    for value in values {
      var next: [Int32] = []
      for _ in lanes { next.append(try network.addNode()) }
      for (lane, node) in lanes.enumerated() {
        network.addEpsilon(node, next[lane])
        if lane == bound, maximum < values.count { continue }
        let source = lane == 0 ? try addSpace(from: node) : try addSeparator(Self.comma, from: node)
        network.addEpsilon(try addValue(value, from: source), next[min(lane + 1, bound)])
      }
      lanes = next
    }
    for (lane, node) in lanes.enumerated() where lane >= minimum {
      try addClose(Self.close, from: node, to: ends.accept)
    }
  }

  /// Arrays of which between `least` and `most` elements are of the rules in `counted`.
  ///
  /// - Parameters:
  ///   - plain: the rules of all other elements, as many as there are in `counted`: for the first elements one by one,
  ///     and where `hasRest` says so the last one for all behind them.
  mutating func addCountedArray(
    _ rule: Int32, plain: [Int32], counted: [Int32], hasRest: Bool, minimum: Int, maximum: Int?, least: Int,
    most: Int?
  ) throws(ConstraintError) {
    let ends = network.rules[Int(rule)]
    let laneCount = most ?? least
    let prefixCount = hasRest ? plain.count - 1 : plain.count
    let columns = max(maximum ?? 0, minimum, prefixCount)
    var lanes: [Int32?] = [try network.addLiteral("[".utf8, from: ends.start)]
    lanes += [Int32?](repeating: nil, count: laneCount)
    for column in 0...columns {
      var next = [Int32?](repeating: nil, count: lanes.count)
      let isLoop = column == columns && maximum == nil
      if isLoop { for lane in lanes.indices { next[lane] = try network.addNode() } }
      for (lane, node) in lanes.enumerated() {
        guard let node else { continue }
        if column >= minimum, lane >= least { try addClose(Self.close, from: node, to: ends.accept) }
        if column == columns, !isLoop { continue }
        guard let element = column < prefixCount ? column : hasRest ? prefixCount : nil else { continue }
        let source = column == 0 ? try addSpace(from: node) : try addSeparator(Self.comma, from: node)
        try addElement(element, lane, plain, counted, most, from: source, to: &next)
      }
      guard isLoop, hasRest else {
        lanes = next
        continue
      }
      for (lane, node) in next.enumerated() {
        guard let node else { continue }
        if lane >= least { try addClose(Self.close, from: node, to: ends.accept) }
        let source = try addSeparator(Self.comma, from: node)
        try addElement(prefixCount, lane, plain, counted, most, from: source, to: &next)
      }
    }
  }

  private mutating func addElement(
    _ element: Int, _ lane: Int, _ plain: [Int32], _ counted: [Int32], _ most: Int?, from source: Int32,
    to next: inout [Int32?]
  ) throws(ConstraintError) {
    func target(_ lane: Int, _ self: inout JSONRules) throws(ConstraintError) -> Int32 {
      if let known = next[lane] { return known }
      let node = try self.network.addNode()
      next[lane] = node
      return node
    }
    network.addCall(source, rule: plain[element], try target(lane, &self))
    if lane + 1 < next.count {
      network.addCall(source, rule: counted[element], try target(lane + 1, &self))
    }
  }
}
