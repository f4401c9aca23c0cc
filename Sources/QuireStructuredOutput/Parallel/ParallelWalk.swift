/// Reads every token of the vocabulary in all ways at once, in one pass over the trie.
struct ParallelWalk {
  let tables: ParallelTables
  let vocabulary: ConstraintVocabulary

  /// - Parameters:
  ///   - distance: that of `ways`.
  ///   - greatestChange: tokens that lengthen the shortest completion by more are left out; nil for none.
  func run(_ ways: ReadingWays, distance: Int, greatestChange: Int?) -> MaskWalk.Outcome {
    struct Level {
      let mark: WayReader.Mark
      let range: Range<Int>
    }
    let limit = greatestChange ?? Int.max
    var outcome = MaskWalk.Outcome(words: [UInt64](repeating: 0, count: vocabulary.maskWordCount))
    var reader = WayReader(tables, ways)
    var levels = [Level(mark: reader.mark, range: 0..<ways.ways.count)]
    levels.reserveCapacity(vocabulary.longestTokenByteCount + 1)
    let nodes = vocabulary.nodes.base
    let nodeCount = vocabulary.nodes.count - 1
    var index = 0
    while index < nodeCount {
      let node = nodes[index]
      if levels.count > Int(node.depth) {
        levels.removeLast(levels.count - Int(node.depth))
        reader.cut(to: levels.last!.mark)
      }
      guard let range = reader.read(node.byte, after: levels.last!.range) else {
        index = Int(node.end)
        continue
      }
      levels.append(Level(mark: reader.mark, range: range))
      // Where all that follows leads back here, the tokens below need no walk.
      let isLoop = node.isPlain && range.allSatisfy { tables.isPlainLoop(reader.ways[$0].state) }
      let next = isLoop ? Int(node.end) : index + 1
      var token = Int(node.firstToken)
      let lastToken = Int(nodes[next].firstToken)
      if token < lastToken {
        let change = reader.distance(range) - distance
        if change <= limit {
          outcome.greatestChange = max(outcome.greatestChange, change)
          outcome.count += lastToken - token
          while token < lastToken {
            let id = Int(vocabulary.nodeTokens.base[token])
            outcome.words[id >> 6] |= 1 << UInt64(id & 63)
            token += 1
          }
        }
      }
      index = next
    }
    outcome.returnsLookedAt = Int(reader.looked)
    return outcome
  }
}
