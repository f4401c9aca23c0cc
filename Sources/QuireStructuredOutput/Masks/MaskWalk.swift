/// Reads every token of the vocabulary from one configuration on, in one pass over the trie.
struct MaskWalk {
  /// What was found.
  struct Outcome {
    /// One bit a token.
    var words: [UInt64]
    /// Number of tokens that are allowed.
    var count = 0
    /// The greatest number of tokens by which a token lengthens the shortest completion.
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
    /// The distance of this return and all below it.
    let distance: Int
  }

  /// Where the stack of a prefix of a token ends.
  private struct Top: BitwiseCopyable {
    /// Index of the top frame; -1 for none.
    var frame: Int32
    /// Frames in use by the path.
    var frameCount: Int32
    /// Frames more than the configuration has.
    var depth: Int
  }

  /// Where a prefix of a token leads.
  private struct Level: BitwiseCopyable {
    var state: Int32
    var top: Top
  }

  /// The returns of one path, over the frames that all paths share.
  private struct FrameStack: ReturnStack {
    let frames: UnsafeMutablePointer<Frame>
    let distances: UnsafePointer<Int32>
    let needs: UnsafePointer<Int32>
    /// Frames of the configuration itself.
    let ownFrames: Int32
    let framesLeft: Int
    var top = Top(frame: -1, frameCount: 0, depth: 0)
    /// Returns looked at so far, as ``Outcome`` counts them.
    var looked = 0
    var needed = 0

    /// The distance of the returns, from nothing.
    var distance: Int {
      @inline(__always) get { top.frame >= 0 ? frames[Int(top.frame)].distance : 0 }
    }

    @inline(__always)
    mutating func push(_ state: Int32) -> Bool {
      guard arrive(in: state) else { return false }
      frames[Int(top.frameCount)] = Frame(
        state: state, below: top.frame, distance: distance + Int(distances[Int(state)]))
      top.frame = top.frameCount
      top.frameCount += 1
      top.depth += 1
      return true
    }

    @inline(__always)
    mutating func pop() -> Int32? {
      if top.frame < ownFrames { looked = max(looked, Int(ownFrames - top.frame)) }
      guard top.frame >= 0 else { return nil }
      let frame = frames[Int(top.frame)]
      top.frame = frame.below
      top.depth -= 1
      return frame.state
    }

    @inline(__always)
    mutating func arrive(in state: Int32) -> Bool {
      let need = top.depth + Int(needs[Int(state)])
      needed = max(needed, need)
      return need <= framesLeft
    }
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
        levels[0] = Level(
          state: state.top, top: Top(frame: count - 1, frameCount: count, depth: 0))
        return walk(
          levels.baseAddress!,
          FrameStack(
            frames: frames.baseAddress!, distances: tables.distances.base, needs: tables.frames.base,
            ownFrames: count, framesLeft: framesLeft ?? Int.max),
          distance: state.distance, greatestChange: greatestChange ?? Int.max)
      }
    }
  }

  private func walk(
    _ levels: UnsafeMutablePointer<Level>, _ initial: FrameStack, distance: Int, greatestChange: Int
  ) -> Outcome {
    var outcome = Outcome(words: [UInt64](repeating: 0, count: vocabulary.maskWordCount))
    let nodes = vocabulary.nodes.base
    let nodeCount = vocabulary.nodes.count - 1
    let tokens = vocabulary.nodeTokens.base
    let transitions = tables.automaton.transitions
    let (distances, isPlainLoop) = (tables.distances.base, tables.isPlainLoop.base)
    var (count, greatest) = (0, Int.min)
    var stack = initial
    outcome.words.withUnsafeMutableBufferPointer { words in
      let words = words.baseAddress!
      var index = 0
      while index < nodeCount {
        let node = nodes[index]
        var state = levels[Int(node.depth) - 1].state
        stack.top = levels[Int(node.depth) - 1].top
        guard transitions.read(node.byte, &state, &stack) else {
          index = Int(node.end)
          continue
        }
        levels[Int(node.depth)] = Level(state: state, top: stack.top)
        var token = Int(node.firstToken)
        // Where all that follows leads back here, the tokens below need no walk: most of a vocabulary in a string.
        let next = node.isPlain && isPlainLoop[Int(state)] ? Int(node.end) : index + 1
        let lastToken = Int(nodes[next].firstToken)
        if token < lastToken {
          let change = Int(distances[Int(state)]) + stack.distance - distance
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
    outcome.returnsLookedAt = stack.looked
    outcome.framesNeeded = stack.needed
    return outcome
  }
}
