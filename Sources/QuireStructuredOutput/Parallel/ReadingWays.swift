/// All the ways in which a text can be read so far: states, each with the stacks of returns below it, which share what
/// they have in common (a graph-structured stack: Tomita, Efficient Parsing for Natural Language, 1985).
///
/// Invariant: no state or return is one that no completion begins from; no way stands there twice.
struct ReadingWays: Sendable, Hashable {
  /// A state, and the stacks below it: a node, or -1 for none.
  struct Way: Hashable, BitwiseCopyable {
    var state: Int32
    var node: Int32
  }
  /// A return on top of the stacks of a node, or on none.
  struct Link: Hashable, BitwiseCopyable {
    var state: Int32
    var below: Int32
    /// The next link of the same node; -1 for none.
    var next: Int32
  }
  struct Node: Hashable, BitwiseCopyable {
    var firstLink: Int32
    /// Tokens of the shortest completion of all returns of one of the stacks.
    var distance: Int32
  }

  var ways: [Way]
  var nodes: [Node] = []
  var links: [Link] = []

  /// The same ways without the nodes that none of them needs, numbered in the order of their use. O(size).
  func compacted() -> ReadingWays {
    var result = ReadingWays(ways: ways)
    var numbers = [Int32](repeating: -1, count: nodes.count)
    var order: [Int32] = []
    func number(_ node: Int32) -> Int32 {
      if node < 0 { return node }
      if numbers[Int(node)] < 0 {
        numbers[Int(node)] = Int32(order.count)
        order.append(node)
      }
      return numbers[Int(node)]
    }
    for index in result.ways.indices { result.ways[index].node = number(ways[index].node) }
    var next = 0
    while next < order.count {
      let node = nodes[Int(order[next])]
      next += 1
      var link = node.firstLink
      result.nodes.append(Node(firstLink: link < 0 ? -1 : Int32(result.links.count), distance: node.distance))
      while link >= 0 {
        let old = links[Int(link)]
        link = old.next
        result.links.append(
          Link(
            state: old.state, below: number(old.below),
            next: link < 0 ? -1 : Int32(result.links.count + 1)))
      }
    }
    return result
  }
}
