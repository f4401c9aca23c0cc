/// Reads every token of the vocabulary from one configuration on, in one pass over the trie.
struct MaskWalk {
  /// What was found.
  struct Outcome {
    /// One bit a token.
    var words: [UInt64]
    /// Tokens allowed.
    var count = 0
    /// By how much a token lengthens the shortest completion, at most.
    var greatestChange = Int.min
    /// Returns of the stack that were looked at; the empty stack's bottom counts as one.
    var returnsLookedAt = 0
    /// Frames above the configuration's own that all moves would have needed, taken or not.
    var framesNeeded = 0
  }

  /// One return on the stack, linked to the one below.
  private struct Frame: BitwiseCopyable {
    let state: Int32
    let below: Int32
    /// Of this return and all below.
    let distance: Int
  }

  /// Where a prefix of a token leads.
  private struct Level: BitwiseCopyable {
    var state: Int32
    /// Index of the top frame; -1 for none.
    var frame: Int32
    /// Frames in use by the path.
    var frameCount: Int32
    /// Frames more than the configuration has.
    var depth: Int
  }

  let tables: ConstraintTables
  let vocabulary: ConstraintVocabulary

  /// - Parameters:
  ///   - framesLeft: frames that may be pushed; nil for any number.
  ///   - greatestChange: tokens that lengthen the shortest completion by more are left out; nil for none.
  func run(_ state: ConstraintState, framesLeft: Int?, greatestChange: Int?) -> Outcome {
    let levelCount = vocabulary.longestTokenByteCount + 1
    let frameCount = state.stack.count + levelCount * tables.mostPushes + 1
    return withUnsafeTemporaryAllocation(of: Level.self, capacity: levelCount) { levels in
      withUnsafeTemporaryAllocation(of: Frame.self, capacity: frameCount) { frames in
        var distance = 0
        for (index, next) in state.stack.enumerated() {
          distance += Int(tables.distances[Int(next)])
          frames[index] = Frame(state: next, below: Int32(index - 1), distance: distance)
        }
        let count = Int32(state.stack.count)
        levels[0] = Level(state: state.top, frame: count - 1, frameCount: count, depth: 0)
        return walk(
          levels.baseAddress!, frames.baseAddress!, ownFrames: count, distance: state.distance,
          framesLeft: framesLeft ?? Int.max, greatestChange: greatestChange ?? Int.max)
      }
    }
  }

  private func walk(
    _ levels: UnsafeMutablePointer<Level>, _ frames: UnsafeMutablePointer<Frame>, ownFrames: Int32,
    distance: Int,
    framesLeft: Int, greatestChange: Int
  ) -> Outcome {
    var outcome = Outcome(words: [UInt64](repeating: 0, count: vocabulary.maskWordCount))
    let nodes = vocabulary.nodes.base
    let nodeCount = vocabulary.nodes.count - 1
    let tokens = vocabulary.nodeTokens.base
    let (classCount, classOfByte, moves) = (tables.classCount, tables.classOfByte.base, tables.moves.base)
    let (isAccepting, distances, needs) = (tables.isAccepting.base, tables.distances.base, tables.frames.base)
    let isPlainLoop = tables.isPlainLoop.base
    let (targets, offsets, pushes) = (tables.callTargets.base, tables.pushOffsets.base, tables.pushes.base)
    var (count, greatest, looked, needed) = (0, Int.min, 0, 0)
    outcome.words.withUnsafeMutableBufferPointer { words in
      let words = words.baseAddress!
      var index = 0
      search: while index < nodeCount {
        let node = nodes[index]
        var level = levels[Int(node.depth) - 1]
        let column = Int(classOfByte[Int(node.byte)])
        while true {
          let move = moves[Int(level.state) * classCount + column]
          if move >= 0 {
            level.state = move
            break
          }
          if move <= -2 {
            let call = Int(-2 - move)
            for push in Int(offsets[call])..<Int(offsets[call + 1]) {
              let next = pushes[push]
              needed = max(needed, level.depth + Int(needs[Int(next)]))
              if level.depth + Int(needs[Int(next)]) > framesLeft {
                index = Int(node.end)
                continue search
              }
              let below = level.frame >= 0 ? frames[Int(level.frame)].distance : 0
              frames[Int(level.frameCount)] = Frame(
                state: next, below: level.frame, distance: below + Int(distances[Int(next)]))
              level.frame = level.frameCount
              level.frameCount += 1
              level.depth += 1
            }
            level.state = targets[call]
            break
          }
          guard isAccepting[Int(level.state)] else {
            index = Int(node.end)
            continue search
          }
          if level.frame < ownFrames { looked = max(looked, Int(ownFrames - level.frame)) }
          guard level.frame >= 0 else {
            index = Int(node.end)
            continue search
          }
          let frame = frames[Int(level.frame)]
          level.state = frame.state
          level.frame = frame.below
          level.depth -= 1
        }
        let need = level.depth + Int(needs[Int(level.state)])
        needed = max(needed, need)
        if need > framesLeft {
          index = Int(node.end)
          continue search
        }
        levels[Int(node.depth)] = level
        var token = Int(node.firstToken)
        // Where all that follows leads back here, the tokens below need no walk: most of a vocabulary in a string.
        let next = node.isPlain && isPlainLoop[Int(level.state)] ? Int(node.end) : index + 1
        let lastToken = Int(nodes[next].firstToken)
        if token < lastToken {
          let below = level.frame >= 0 ? frames[Int(level.frame)].distance : 0
          let change = Int(distances[Int(level.state)]) + below - distance
          if change <= greatestChange {
            greatest = max(greatest, change)
            count += lastToken - token
            while token < lastToken {
              let id = Int(tokens[token])
              words[id >> 6] |= 1 << UInt64(id & 63)
              token += 1
            }
          }
        }
        index = next
      }
    }
    outcome.count = count
    outcome.greatestChange = greatest
    outcome.returnsLookedAt = looked
    outcome.framesNeeded = needed
    return outcome
  }
}
