/// The edges of several nodes as disjoint ranges of bytes, ascending, with the nodes that each leads to.
struct EdgePartition {
  struct Piece {
    var bytes: ClosedRange<UInt8>
    /// Where ``EdgePartition/targets`` has the nodes that this piece leads to.
    let targets: Range<Int>
  }

  private(set) var pieces: [Piece] = []
  private(set) var targets: [Int32] = []
  private var edges: [RuleNetwork.ByteEdge] = []

  /// Replaces what it holds; the steps that this took.
  mutating func divide(_ subset: [Int32], _ network: RuleNetwork) -> Int {
    pieces.removeAll(keepingCapacity: true)
    targets.removeAll(keepingCapacity: true)
    edges.removeAll(keepingCapacity: true)
    for node in subset { edges += network.edges[node] }
    if edges.isEmpty { return 0 }
    if edges.count == 1 {
      // Most states of a literal.
      targets.append(edges[0].target)
      pieces.append(Piece(bytes: edges[0].bytes, targets: 0..<1))
      return 0
    }
    var bounds = ByteSet()
    for edge in edges {
      bounds.insert(edge.bytes.lowerBound)
      if edge.bytes.upperBound < 255 { bounds.insert(edge.bytes.upperBound + 1) }
    }
    var startCount = 0
    var previous: UInt8?
    bounds.forEach { start in
      if let previous { add(previous...(start - 1)) }
      previous = start
      startCount += 1
    }
    if let previous { add(previous...255) }
    return edges.count * startCount / 8
  }

  /// Adds a range that no edge begins or ends within.
  private mutating func add(_ bytes: ClosedRange<UInt8>) {
    let first = targets.count
    for edge in edges where edge.bytes.contains(bytes.lowerBound) {
      var place = targets.count
      while place > first, targets[place - 1] > edge.target { place -= 1 }
      if place > first, targets[place - 1] == edge.target { continue }
      targets.insert(edge.target, at: place)
    }
    if first == targets.count { return }
    if let last = pieces.last, Int(last.bytes.upperBound) + 1 == bytes.lowerBound,
      targets[last.targets] == targets[first...]
    {
      targets.removeSubrange(first...)
      pieces[pieces.count - 1].bytes = last.bytes.lowerBound...bytes.upperBound
    } else {
      pieces.append(Piece(bytes: bytes, targets: first..<targets.count))
    }
  }
}
