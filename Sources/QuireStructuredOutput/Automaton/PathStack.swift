/// The returns of one path through a trie, over the frames that all paths share; without a bound, as the tokens that are
/// tried push few.
struct PathStack: ReturnStack {
  private struct Frame {
    let state: Int32
    let below: Int32
  }

  /// Where the stack of a prefix of a token ends.
  struct Top {
    /// The top frame; -1 for none.
    fileprivate var frame: Int32 = -1
    /// Frames in use by the path.
    fileprivate var frameCount = 0
    /// Returns on the stack.
    private(set) var depth: Int32 = 0

    fileprivate mutating func move(to frame: Int32, by change: Int32) {
      self.frame = frame
      depth += change
    }
  }

  private var frames: [Frame] = []
  /// May be set to what it was before, for another path from there.
  var top = Top()

  var isEmpty: Bool { top.depth == 0 }

  mutating func clear() { top = Top() }

  mutating func push(_ state: Int32) -> Bool {
    let frame = Frame(state: state, below: top.frame)
    if top.frameCount == frames.count {
      frames.append(frame)
    } else {
      frames[top.frameCount] = frame
    }
    top.move(to: Int32(top.frameCount), by: 1)
    top.frameCount += 1
    return true
  }

  mutating func pop() -> Int32? {
    guard top.frame >= 0 else { return nil }
    let frame = frames[Int(top.frame)]
    top.move(to: frame.below, by: -1)
    return frame.state
  }

  func arrive(in state: Int32) -> Bool { true }

  /// Appends the returns, outermost first.
  func append(to returns: inout [Int32]) {
    let first = returns.count
    var frame = top.frame
    while frame >= 0 {
      returns.append(frames[Int(frame)].state)
      frame = frames[Int(frame)].below
    }
    returns[first...].reverse()
  }
}
