/// The states to return to, as whoever walks over an automaton keeps them, and what it takes of them.
protocol ReturnStack {
  /// Pushes a return; false where it may not.
  mutating func push(_ state: Int32) -> Bool
  /// Pops a return, nil where there is none.
  mutating func pop() -> Int32?
  /// The byte has been read, into this state; false where it may not.
  mutating func arrive(in state: Int32) -> Bool
}

/// The transition function of a pushdown automaton, over bare tables: walks over whole vocabularies read them millions of
/// times a mask.
struct Transitions {
  fileprivate let classCount: Int
  fileprivate let classOfByte: UnsafePointer<UInt8>
  fileprivate let moves: UnsafePointer<Int32>
  fileprivate let isAccepting: UnsafePointer<Bool>
  fileprivate let callTargets: UnsafePointer<Int32>
  fileprivate let pushOffsets: UnsafePointer<Int32>
  fileprivate let pushes: UnsafePointer<Int32>

  /// The tables of `PushdownAutomaton`, see there.
  init(
    classCount: Int, classOfByte: UnsafePointer<UInt8>, moves: UnsafePointer<Int32>,
    isAccepting: UnsafePointer<Bool>, callTargets: UnsafePointer<Int32>, pushOffsets: UnsafePointer<Int32>,
    pushes: UnsafePointer<Int32>
  ) {
    self.classCount = classCount
    self.classOfByte = classOfByte
    self.moves = moves
    self.isAccepting = isAccepting
    self.callTargets = callTargets
    self.pushOffsets = pushOffsets
    self.pushes = pushes
  }

  /// Reads one byte; false, with `state` and `stack` half moved, where it may not stand here.
  @inline(__always)
  func read(_ byte: UInt8, _ state: inout Int32, _ stack: inout some ReturnStack) -> Bool {
    let column = Int(classOfByte[Int(byte)])
    while true {
      let move = moves[Int(state) * classCount + column]
      if move >= 0 {
        state = move
        return stack.arrive(in: move)
      }
      if move <= -2 {
        let call = Int(-2 - move)
        for index in Int(pushOffsets[call])..<Int(pushOffsets[call + 1]) {
          guard stack.push(pushes[index]) else { return false }
        }
        state = callTargets[call]
        return stack.arrive(in: state)
      }
      guard isAccepting[Int(state)], let next = stack.pop() else { return false }
      state = next
    }
  }
}
