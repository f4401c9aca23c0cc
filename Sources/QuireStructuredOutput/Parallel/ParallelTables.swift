/// What reading in several ways at once needs of a compiled constraint.
struct ParallelTables: Sendable {
  let automaton: ParallelAutomaton
  /// For each state, the tokens of the shortest known completion of its rule.
  let distances: FlatTable<Int32>
  /// For each state, whether every plain byte leads back to it and nowhere else.
  private let isPlainLoop: FlatTable<Bool>

  var byteCount: Int { automaton.byteCount + distances.count * 5 }

  init(_ automaton: ParallelAutomaton, _ vocabulary: ConstraintVocabulary) {
    self.automaton = automaton
    let found = ParallelDistances(automaton, vocabulary).tokens
    distances = FlatTable(found)
    let plain = Set(
      (UInt8.min...UInt8.max).filter(TrieNode.isPlain).map { Int(automaton.classOfByte[Int($0)]) })
    isPlainLoop = FlatTable(
      (0..<automaton.stateCount).map { state in
        let rule = Int(automaton.ruleOfState[state])
        return plain.allSatisfy { column in
          automaton.moves[state * automaton.classCount + column] == Int32(state)
            && !(automaton.isAccepting[state] && automaton.follows[rule * automaton.classCount + column])
            && automaton.calls(of: Int32(state)).allSatisfy {
              !automaton.begins[Int($0.rule) * automaton.classCount + column]
            }
        }
      })
  }

  /// The configuration before the first byte.
  var start: ReadingWays { ReadingWays(ways: [ReadingWays.Way(state: automaton.start, node: -1)]) }

  /// Whether every plain byte leaves a state where it is, whatever stands below.
  func isPlainLoop(_ state: Int32) -> Bool { isPlainLoop.base[Int(state)] }

  /// Moves `ways` by some bytes.
  ///
  /// - Returns: the distance behind them; nil, with `ways` unchanged, where they may not stand here.
  func advance(_ ways: inout ReadingWays, _ bytes: some Swift.Sequence<UInt8>) -> Int? {
    var reader = WayReader(self, ways)
    var range = 0..<ways.ways.count
    for byte in bytes {
      guard let next = reader.read(byte, after: range) else { return nil }
      range = next
    }
    var result = ReadingWays(ways: Array(reader.ways[range]))
    result.ways.sort { ($0.state, $0.node) < ($1.state, $1.node) }
    (result.nodes, result.links) = (reader.nodes, reader.links)
    ways = result.compacted()
    return reader.distance(range)
  }

  /// The distance of a configuration, from nothing but the distances of states.
  func distance(_ ways: ReadingWays) -> Int {
    ways.ways.map { Int(distances[Int($0.state)]) + distance(ways, $0.node) }.min() ?? Int.max
  }

  private func distance(_ ways: ReadingWays, _ node: Int32) -> Int {
    if node < 0 { return 0 }
    var least = Int.max
    var link = ways.nodes[Int(node)].firstLink
    while link >= 0 {
      let one = ways.links[Int(link)]
      let below = one.below < 0 ? 0 : Int(ways.nodes[Int(one.below)].distance)
      least = min(least, Int(distances[Int(one.state)]) + below)
      link = one.next
    }
    return least
  }
}
