import QuireTestSupport
import Testing

@testable import QuireEngine

@Suite("Trees of texts that are scored")
struct ScoreTreeTests {
  @Test("ways go through every node with children once, and each begins where it parts from the one before")
  func ways() {
    var random = TestRandom(seed: 11)
    for _ in 0..<400 {
      let sequences = (0..<random.below(9) + 1).map { _ in
        (0..<random.below(7) + 1).map { _ in Int32(random.below(3)) }
      }
      let tree = ScoreTree(sequences)
      var prefixes: Set<[Int32]> = []
      for sequence in sequences {
        for count in 1...sequence.count { prefixes.insert(Array(sequence[..<count])) }
      }
      #expect(tree.nodeCount == prefixes.count + 1)
      var text: [Int: [Int32]] = [0: []]
      for (index, sequence) in sequences.enumerated() {
        let path = tree.path(ofSequence: index)
        #expect(path.map(tree.token(of:)) == sequence && path.last == tree.ends[index])
        for (count, node) in path.enumerated() { text[node] = Array(sequence[...count]) }
      }
      // Nodes with children, in the order in which they are computed, and the path that leads to each.
      var path = tree.trunk
      var computed = tree.trunk
      for leg in tree.legs {
        #expect(leg.keptCount <= path.count - tree.trunk.count && !leg.nodes.isEmpty)
        path = path[..<(tree.trunk.count + leg.keptCount)] + leg.nodes
        computed += leg.nodes
        #expect(path.map(tree.token(of:)) == text[path.last!])
      }
      #expect(Set(computed).count == computed.count)
      let open = (1..<tree.nodeCount).filter { !tree.children(of: $0).isEmpty }
      #expect(computed.sorted() == open)
      #expect(tree.greatestLegCount == (sequences.map(\.count).max()! - 1 - tree.trunk.count))
    }
  }

  @Test("a text alone is all trunk but for its last token")
  func alone() {
    let tree = ScoreTree([[5, 6, 7]])
    #expect(tree.trunk.map(tree.token(of:)) == [5, 6] && tree.legs.isEmpty && tree.greatestLegCount == 0)
  }
}
