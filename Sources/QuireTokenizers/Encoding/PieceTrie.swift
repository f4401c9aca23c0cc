/// A trie of byte strings in two flat arrays, the children of a node side by side in the order of their bytes.
///
/// A step costs O(log children), one table look-up at the root; memory is 13 bytes a node.
struct PieceTrie: Sendable {
  private struct Node: BitwiseCopyable, Sendable {
    var firstChild: UInt32 = 0
    var childCount: UInt32 = 0
    var value: Int32 = -1
  }

  private let nodes: FrozenBuffer<Node>
  /// For each node the byte that leads to it.
  private let labels: FrozenBuffer<UInt8>
  /// The node behind each first byte, or 0.
  private let roots: FrozenBuffer<UInt32>

  /// The trie of the matchable pieces of `pieces`; O(bytes × log pieces).
  init(_ pieces: Vocabulary) {
    let sorted = (0..<pieces.count).filter(pieces.isMatchable).sorted {
      pieces.bytes(of: $0).lexicographicallyPrecedes(pieces.bytes(of: $1))
    }
    var nodes = [Node()]
    var labels: [UInt8] = [0]
    // For each node of the current depth, its place and the pieces below it.
    var level = [(node: 0, range: sorted.indices)]
    var depth = 0
    while !level.isEmpty {
      var next: [(node: Int, range: Range<Int>)] = []
      for (node, range) in level {
        var index = range.lowerBound
        if index < range.upperBound, pieces.bytes(of: sorted[index]).count == depth {
          nodes[node].value = Int32(truncatingIfNeeded: sorted[index])
          index += 1
        }
        nodes[node].firstChild = UInt32(truncatingIfNeeded: nodes.count)
        while index < range.upperBound {
          let label = pieces.bytes(of: sorted[index])[depth]
          let start = index
          while index < range.upperBound, pieces.bytes(of: sorted[index])[depth] == label { index += 1 }
          next.append((nodes.count, start..<index))
          nodes.append(Node())
          labels.append(label)
          nodes[node].childCount += 1
        }
      }
      level = next
      depth += 1
    }
    var roots = [UInt32](repeating: 0, count: 256)
    for child in 0..<Int(nodes[0].childCount) {
      let node = Int(nodes[0].firstChild) + child
      roots[Int(labels[node])] = UInt32(truncatingIfNeeded: node)
    }
    self.nodes = FrozenBuffer(nodes)
    self.labels = FrozenBuffer(labels)
    self.roots = FrozenBuffer(roots)
  }

  /// Calls `body` with the id and the end of each piece that begins at `start`, the shortest first.
  @inline(__always)
  func forEachMatch(
    in text: UnsafeBufferPointer<UInt8>, from start: Int, _ body: (_ id: Int, _ end: Int) -> Void
  ) {
    let nodes = nodes.pointer
    let labels = labels.pointer
    var node = Int(roots.pointer[Int(text[start])])
    var position = start + 1
    while node != 0 {
      if nodes[node].value >= 0 { body(Int(nodes[node].value), position) }
      if position == text.count { return }
      let byte = text[position]
      var low = Int(nodes[node].firstChild)
      var high = low + Int(nodes[node].childCount)
      node = 0
      while low < high {
        let middle = (low + high) >> 1
        if labels[middle] < byte {
          low = middle + 1
        } else if labels[middle] > byte {
          high = middle
        } else {
          node = middle
          break
        }
      }
      position += 1
    }
  }
}
