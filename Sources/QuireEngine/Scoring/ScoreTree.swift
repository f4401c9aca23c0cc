/// Token sequences that may follow one context, as a tree: what they begin with together stands in it once.
///
/// Each node but the root is a token; the root is the end of the context. A node's logits say how likely its children are,
/// so that only nodes with children are computed, each once. Children are in ascending order of their tokens; the order
/// of the sequences changes nothing.
struct ScoreTree: Sendable, Equatable {
  /// A way from a node that is computed down to one without children that have to be.
  struct Leg: Sendable, Equatable {
    /// Number of nodes behind ``trunk`` that the way shares with the one before it.
    let keptCount: Int
    /// The nodes behind those, one below the other: at least one.
    let nodes: [Int]
  }

  /// The node that each sequence ends with, in the order of the sequences.
  let ends: [Int]
  /// The nodes that all ways begin with: from the root down as long as one child alone has children.
  let trunk: [Int]
  /// The ways through all other nodes that have children.
  let legs: [Leg]

  private let tokens: [Int32]
  private let parents: [Int]
  /// Where the children of each node begin in `children`, and at last its count.
  private let childStarts: [Int]
  private let children: [Int]

  /// The tree of at least one sequence, each with at least one token. O(n log n) in their tokens.
  init(_ sequences: [[Int32]]) {
    var tokens: [Int32] = [0]
    var parents = [0]
    var ends = [Int](repeating: 0, count: sequences.count)
    // The nodes of the sequence before, from the root down.
    var path = [0]
    var last: [Int32] = []
    let order = sequences.indices.sorted { sequences[$0].lexicographicallyPrecedes(sequences[$1]) }
    for index in order {
      let sequence = sequences[index]
      let shared = zip(last, sequence).prefix { $0 == $1 }.count
      path.removeLast(path.count - 1 - shared)
      for token in sequence[shared...] {
        tokens.append(token)
        parents.append(path[path.count - 1])
        path.append(tokens.count - 1)
      }
      ends[index] = path[path.count - 1]
      last = sequence
    }
    var starts = [Int](repeating: 0, count: tokens.count + 1)
    for node in 1..<tokens.count { starts[parents[node] + 1] += 1 }
    for node in 0..<tokens.count { starts[node + 1] += starts[node] }
    var free = starts
    var children = [Int](repeating: 0, count: tokens.count - 1)
    for node in 1..<tokens.count {
      children[free[parents[node]]] = node
      free[parents[node]] += 1
    }
    func hasChildren(_ node: Int) -> Bool { starts[node] < starts[node + 1] }
    var trunk: [Int] = []
    while true {
      let open = children[starts[trunk.last ?? 0]..<starts[(trunk.last ?? 0) + 1]].filter(hasChildren)
      guard open.count == 1 else { break }
      trunk.append(open[0])
    }
    self.tokens = tokens
    self.parents = parents
    self.ends = ends
    self.trunk = trunk
    self.children = children
    childStarts = starts
    legs = Self.legs(behind: trunk, parents, hasChildren)
  }

  /// Nodes stand in the order of a walk through the tree, each before those below it.
  private static func legs(
    behind trunk: [Int], _ parents: [Int], _ hasChildren: (Int) -> Bool
  ) -> [Leg] {
    var legs: [Leg] = []
    let trunkEnd = trunk.last ?? 0
    // The nodes behind the trunk that lead to the latest one.
    var path: [Int] = []
    var (keptCount, nodes) = (0, [Int]())
    let inTrunk = Set(trunk)
    for node in parents.indices.dropFirst() where hasChildren(node) && !inTrunk.contains(node) {
      let parent = parents[node]
      if parent != path.last ?? trunkEnd || nodes.isEmpty {
        if !nodes.isEmpty { legs.append(Leg(keptCount: keptCount, nodes: nodes)) }
        while let end = path.last, end != parent { path.removeLast() }
        (keptCount, nodes) = (path.count, [])
      }
      path.append(node)
      nodes.append(node)
    }
    if !nodes.isEmpty { legs.append(Leg(keptCount: keptCount, nodes: nodes)) }
    return legs
  }

  /// Number of nodes, the root included: at least 2.
  var nodeCount: Int { tokens.count }

  /// Number of nodes behind the trunk that the longest way has.
  var greatestLegCount: Int { legs.map { $0.keptCount + $0.nodes.count }.max() ?? 0 }

  /// The token of a node other than the root.
  func token(of node: Int) -> Int32 { tokens[node] }

  /// The nodes below a node.
  func children(of node: Int) -> ArraySlice<Int> { children[childStarts[node]..<childStarts[node + 1]] }

  /// The nodes of a sequence, from below the root to its end. O(their number).
  func path(ofSequence index: Int) -> [Int] {
    var nodes: [Int] = []
    var node = ends[index]
    while node != 0 {
      nodes.append(node)
      node = parents[node]
    }
    return nodes.reversed()
  }
}
